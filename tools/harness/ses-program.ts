// The program that ses.ts runs: the shim on the given port, before the emulator named in the second
// argument, or before one of its own.

import { once } from "node:events"
import emulator from "aws-ses-v2-local"
import { createSesShim } from "./ses-shim.ts"

const [, , port, given] = process.argv
const shim = createSesShim(given ?? (await startEmulator()))
shim.keepAliveTimeout = 0
await once(shim.listen(Number(port), "127.0.0.1"), "listening")
process.stdout.write("SES is listening\n")

async function startEmulator(): Promise<string> {
  const server = await emulator.default({ host: "127.0.0.1", port: 0 })
  // On a busy machine a request may go out on a connection that its server has just closed for being idle: a failure
  // which no test asked for.
  server.keepAliveTimeout = 0
  const address = server.address()
  if (address === null || typeof address === "string") throw new Error("the emulator has no port")
  return `http://127.0.0.1:${address.port}`
}
