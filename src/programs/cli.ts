#!/usr/bin/env node
// `npm run cli`, and `order-processing` where the package is installed: the operators' command line, on MongoDB and,
// for some commands, Redis and SQS. Exit codes: 0 success, 1 failure, 2 usage, 78 configuration.
import "./node-floor.js"
import { call } from "./cli/call.ts"
import { runMain } from "./runMain.ts"

// The reader has closed the pipe, as `head` does: it has seen enough.
process.stdout.on("error", () => process.exit(0))

runMain(call(process.argv.slice(2)))
