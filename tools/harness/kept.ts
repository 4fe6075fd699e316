// Starts a program on a port of 127.0.0.1 for this process. It never outlives it: a keeper process
// (keeper.ts) sees the IPC channel close and ends it. It can be crashed, restarted and frozen, which
// is how a test takes a dependency away and gives it back at the same address.

import { type ChildProcess, fork } from "node:child_process"
import { once } from "node:events"
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { mkdtemp } from "node:fs/promises"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"

export interface KeptProgram {
  readonly command: string
  readonly args: ReadonlyArray<string>
  /** The working directory. */
  readonly dir: string
  /** Whether `dir` stays at the end: the program then stops in order. Otherwise it is killed and `dir` removed. */
  readonly keeps: boolean
  /** A regular expression that the output matches once the program answers. */
  readonly ready: string
}

export type KeeperRequest = "start" | "crash"
export type KeeperReport =
  | { readonly event: "ready"; readonly pid: number }
  | { readonly event: "ended"; readonly output: string }

export interface Kept {
  readonly port: number
  readonly pid: () => number
  /** SIGKILL; what it keeps on disk stays. */
  readonly crash: () => Promise<void>
  /** After a crash: the same program on the same port and directory. */
  readonly restart: () => Promise<void>
  /** SIGSTOP: connections stay open and, from its return on, nothing answers. */
  readonly freeze: () => void
  readonly thaw: () => void
  readonly stop: () => Promise<void>
}

export interface KeptPlan {
  readonly name: string
  readonly port?: number | undefined
  /** The directory of its data, which stays: without it, one of its own that goes with it. */
  readonly dir?: string | undefined
  readonly program: (dir: string, port: number) => Started | Promise<Started>
}

type Started = Omit<KeptProgram, "dir" | "keeps">

/** Where data is kept that goes with its program. Tests name a folder in memory, if there is one (test/inMemory.ts). */
export const testDataFolder = (): string | undefined => process.env["TEST_DATA_FOLDER"]

const startTimeoutMs = 60_000
const portAttempts = 3

export const startKept = (plan: KeptPlan): Promise<Kept> =>
  plan.port === undefined ? onFreePort((port) => startOn(plan, port)) : startOn(plan, plan.port)

/** Starts a program on a free port, and on another one if that is taken between our look and the program's bind. */
export async function onFreePort<A>(
  start: (port: number) => Promise<A>,
  highest = 65_535
): Promise<A> {
  for (let attempt = 1; ; attempt++) {
    let port = await freePort()
    while (port > highest) port = await freePort()
    try {
      return await start(port)
    } catch (error) {
      if (!/in use|EADDRINUSE/i.test(String(error)) || attempt === portAttempts) throw error
    }
  }
}

async function startOn(plan: KeptPlan, port: number): Promise<Kept> {
  const keeps = plan.dir !== undefined
  const dir = plan.dir ?? (await mkdtemp(join(testDataFolder() ?? tmpdir(), "order-processing-")))
  const program: KeptProgram = { ...(await plan.program(dir, port)), dir, keeps }
  const keeper = fork(join(import.meta.dirname, "keeper.ts"), [JSON.stringify(program)], {
    detached: true, // its own session: Ctrl-C is for the tests, which then stop it in order
    execArgv: [],
    stdio: ["ignore", "ignore", "inherit", "ipc"]
  })
  // A service that was not stopped does not keep its user running: the channel closes with it.
  keeper.unref()
  keeper.channel?.unref()

  let pid = 0
  const start = async (): Promise<void> => {
    const answer = await ask(keeper, plan.name, "start")
    if (answer.event === "ended") throw new Error(`${plan.name} did not start: ${answer.output}`)
    pid = answer.pid
  }
  const stop = async (): Promise<void> => {
    if (!keeper.connected) return
    keeper.ref()
    const gone = once(keeper, "exit")
    keeper.disconnect()
    await gone
  }

  try {
    await start()
  } catch (error) {
    await stop()
    throw error
  }
  return {
    port,
    pid: () => pid,
    crash: async () => {
      await ask(keeper, plan.name, "crash")
    },
    restart: start,
    freeze: () => {
      process.kill(pid, "SIGSTOP")
      for (let stopped = false; !stopped; ) stopped = isStopped(pid)
    },
    thaw: () => process.kill(pid, "SIGCONT"),
    stop
  }
}

/** A signal is only on its way when `kill` returns, and each thread stops for itself. */
function isStopped(pid: number): boolean {
  const threads = `/proc/${pid}/task`
  // Only Linux tells.
  if (!existsSync(threads)) return true
  try {
    return readdirSync(threads).every((thread) =>
      / \(.*\) T /su.test(readFileSync(join(threads, thread, "stat"), "latin1"))
    )
  } catch {
    // A thread has ended between the two looks.
    return false
  }
}

async function ask(
  keeper: ChildProcess,
  name: string,
  request: KeeperRequest
): Promise<KeeperReport> {
  const settled = new AbortController()
  const signal = AbortSignal.any([settled.signal, AbortSignal.timeout(startTimeoutMs)])
  keeper.channel?.ref()
  try {
    const answer = once(keeper, "message", { signal })
    const gone = once(keeper, "exit", { signal }).then(() => {
      throw new Error(`${name}: its keeper ended`)
    })
    keeper.send(request)
    const [report] = await Promise.race([answer, gone])
    return report
  } finally {
    keeper.channel?.unref()
    settled.abort()
  }
}

export function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1")
  await once(probe, "listening")
  const address = probe.address()
  probe.close()
  await once(probe, "close")
  if (address === null || typeof address === "string") throw new Error("no TCP port to be had")
  return address.port
}
