// An SES that delivers into an inbox and fails on demand (see ses-control.ts). Mails are forgotten
// when it stops or crashes.

import { join } from "node:path"
import { type Kept, startKept } from "./kept.ts"
import type { Service } from "./service.ts"

export interface SesAddress {
  /** For the AWS SDK and for `sesControl`. */
  readonly endpoint: string
}

export interface SesService extends Service<SesAddress> {
  readonly node: Kept
}

/** `upstream` is an aws-ses-v2-local that runs already; without it, one is started. */
export async function startSes(options: { upstream?: string } = {}): Promise<SesService> {
  const { upstream } = options
  const node = await startKept({
    name: "SES",
    program: (_dir, port) => ({
      command: process.execPath,
      args: [
        join(import.meta.dirname, "ses-program.ts"),
        String(port),
        ...(upstream === undefined ? [] : [upstream])
      ],
      ready: "SES is listening"
    })
  })
  return {
    address: { endpoint: `http://127.0.0.1:${node.port}` },
    from: upstream ?? "npm",
    node,
    stop: node.stop
  }
}

/** The emulator that the environment names, still behind a shim of ours: it injects nothing itself. */
export async function sesFromEnvironment(): Promise<SesService | undefined> {
  const upstream = process.env["TEST_SES_ENDPOINT"]
  return upstream ? startSes({ upstream }) : undefined
}
