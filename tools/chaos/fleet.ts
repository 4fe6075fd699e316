// The API and worker processes from dist/: killed, frozen, drained, and started again as a supervisor
// would. It knows which of them should be answering at any moment.
import { setTimeout as sleep } from "node:timers/promises"
import { type Environment, programs, programsIn, urlOf } from "../harness/deployment.ts"
import { freePort } from "../harness/kept.ts"
import { type Program, run } from "../harness/program.ts"
import { versionBefore } from "./before.ts"
import type { Interruptions } from "./interruptions.ts"

export type Kind = "api" | "worker"

export type Version = "now" | "before"

/** `retired`: asked to stop (SIGTERM), whether it has ended yet or not. */
export type State = "starting" | "up" | "frozen" | "dead" | "retired"

export interface Process {
  readonly kind: Kind
  readonly version: Version
  readonly name: string
  url: string
  state: State
  /** Grows with every start. */
  generation: number
  /** The access key id that it signs with, another one for each start: SES's call log shows it. */
  caller: string
  program: Program | undefined
  retiredAt: number
}

export interface FleetOptions {
  readonly env: Environment
  readonly interruptions: Interruptions
  /** Something that must not happen has. */
  readonly report: (problem: string) => void
}

export type Fleet = ReturnType<typeof makeFleet>

const portVariables = { api: "PORT", worker: "WORKER_PORT" } as const
/** A load balancer needs about this long to see that a process is not ready any more. */
const noticeMs = 1000
/** Longer than a process takes to drain (25 s) and to close its clients. */
const endWithinMs = 45_000

const argumentsOf = ({ kind, version }: Process): ReadonlyArray<string> =>
  version === "now" ? programs[kind] : programsIn(versionBefore())[kind]

export function makeFleet({ env, interruptions, report }: FleetOptions) {
  const processes: Array<Process> = []
  const drains: Array<{ readonly name: string; readonly seconds: number }> = []
  const logs: Array<{ readonly name: string; readonly program: Program }> = []

  const launch = async (process: Process, port: number): Promise<void> => {
    process.generation += 1
    process.caller = `${process.name}-${process.generation}`
    process.state = "starting"
    const program = run(argumentsOf(process), {
      ...env,
      AWS_ACCESS_KEY_ID: process.caller,
      [portVariables[process.kind]]: String(port)
    })
    process.program = program
    logs.push({ name: process.caller, program })
    process.url = await urlOf(program, 40_000)
    process.state = "up"
    void program.ended.then((code) => {
      if (process.program === program && (process.state === "up" || process.state === "frozen"))
        report(`${process.caller} ended by itself: ${code}`)
    })
  }

  const start = async (kind: Kind, version: Version = "now"): Promise<Process> => {
    const number = processes.filter((other) => other.kind === kind).length + 1
    const process: Process = {
      ...{ kind, version, name: `${kind}${number}`, url: "", state: "starting" },
      ...{ generation: 0, caller: "" },
      ...{ program: undefined, retiredAt: 0 }
    }
    processes.push(process)
    await launch(process, await freePort())
    return process
  }

  const signal = (process: Process, name: NodeJS.Signals): void => process.program?.signal(name)

  /** SIGKILL. */
  const kill = async (process: Process): Promise<void> => {
    process.state = "dead"
    interruptions.add({
      what: `kill -9 of ${process.caller}`,
      caller: process.caller,
      from: Date.now(),
      to: Number.POSITIVE_INFINITY
    })
    signal(process, "SIGKILL")
    await process.program?.ended
  }

  const revive = (process: Process): Promise<void> =>
    launch(process, Number(new URL(process.url).port))

  /** SIGSTOP for some time: its connections stay open and its clock goes on. */
  const freeze = async (process: Process, seconds: number): Promise<void> => {
    const from = Date.now()
    process.state = "frozen"
    signal(process, "SIGSTOP")
    await sleep(seconds * 1000)
    signal(process, "SIGCONT")
    const { caller } = process
    interruptions.add({ what: `SIGSTOP of ${caller}`, caller, from, to: Date.now() + 1000 })
    process.state = "up"
  }

  /** SIGTERM; it has to end by itself, with code 0. */
  const drain = async (process: Process): Promise<void> => {
    process.state = "retired"
    process.retiredAt = Date.now()
    signal(process, "SIGTERM")
    const late = new AbortController()
    const code = await Promise.race([
      process.program?.ended,
      sleep(endWithinMs, "nothing", { signal: late.signal }).catch(() => "nothing")
    ])
    late.abort()
    drains.push({ name: process.caller, seconds: (Date.now() - process.retiredAt) / 1000 })
    if (code !== 0) report(`${process.caller} ended with ${code} on SIGTERM`)
  }

  return {
    processes: (): ReadonlyArray<Process> => processes,
    /** Those that can be killed, frozen or drained now. */
    up: (kind: Kind): ReadonlyArray<Process> =>
      processes.filter((process) => process.kind === kind && process.state === "up"),
    /** Where a balancer would send a request now: also to the dead, and shortly to the retired. */
    apis: (): ReadonlyArray<Process> =>
      processes.filter(
        ({ kind, url, state, retiredAt }) =>
          kind === "api" && url !== "" && (state !== "retired" || Date.now() < retiredAt + noticeMs)
      ),
    start,
    kill,
    revive,
    freeze,
    drain,
    /** How long each took that was asked to stop. */
    drains: (): typeof drains => drains,
    heal: async (): Promise<void> => {
      await Promise.all(processes.filter(({ state }) => state === "dead").map(revive))
    },
    stop: async (): Promise<void> => {
      const left = processes.filter(({ state }) => state !== "dead")
      for (const process of left) {
        process.state = "retired"
        signal(process, "SIGKILL")
      }
      await Promise.all(left.map(({ program }) => program?.ended))
    },
    logs: (): ReadonlyArray<{ readonly name: string; readonly text: string }> =>
      logs.map(({ name, program }) => ({ name, text: program.output() }))
  }
}
