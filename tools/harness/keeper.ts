// The process between a user and a program that it needs: it runs the program, says when it is
// ready or has ended, and, once the user is gone (even by SIGKILL), ends the
// program and removes its directory, unless that is to stay. Started by kept.ts only.

import { type ChildProcess, spawn } from "node:child_process"
import { rmSync } from "node:fs"
import type { KeeperReport, KeeperRequest, KeptProgram } from "./kept.ts"

const program: KeptProgram = JSON.parse(process.argv[2] ?? "null")
const ready = new RegExp(program.ready)
let running: ChildProcess | undefined

function report(message: KeeperReport): void {
  if (process.connected) process.send?.(message)
}

function start(): void {
  const child = spawn(program.command, program.args, {
    cwd: program.dir,
    stdio: ["ignore", "pipe", "pipe"]
  })
  running = child
  let output = ""
  let announced = false
  const read = (chunk: Buffer): void => {
    output += chunk.toString()
    if (!announced && child.pid !== undefined && ready.test(output)) {
      announced = true
      report({ event: "ready", pid: child.pid })
    }
    output = output.slice(-4000)
  }
  child.stdout.on("data", read)
  child.stderr.on("data", read)
  child.on("error", (error) => {
    output += error.message
  })
  child.on("close", () => {
    running = undefined
    report({ event: "ended", output })
  })
}

function crash(): void {
  if (running) running.kill("SIGKILL")
  else report({ event: "ended", output: "" })
}

function leave(): void {
  if (!program.keeps) rmSync(program.dir, { recursive: true, force: true })
  process.exit()
}

process.on("message", (request: KeeperRequest) => (request === "start" ? start() : crash()))
process.on("disconnect", () => {
  if (!running) return leave()
  running.once("close", leave)
  running.kill(program.keeps ? "SIGTERM" : "SIGKILL")
})
