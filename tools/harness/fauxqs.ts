// The program that sqs.ts runs: fauxqs, on the given port of 127.0.0.1 only (its own command line
// listens on every interface).

import { buildApp } from "fauxqs"

const port = Number(process.argv[2])
await buildApp({ logger: false }).listen({ port, host: "127.0.0.1" })
process.stdout.write("fauxqs is listening\n")
