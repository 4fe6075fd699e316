// A program of the project as its own process: its output, its exit, and signals to it.
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"

export interface Program {
  readonly pid: number
  /** Everything written so far, standard output and error together. */
  readonly output: () => string
  /** Everything written to standard output so far. */
  readonly stdout: () => string
  /** The first line (or text of it) that matches; rejects when the program ends before or takes too long. */
  readonly said: (pattern: RegExp, withinMs?: number) => Promise<RegExpExecArray>
  readonly signal: (signal: NodeJS.Signals) => void
  /** Exit code, or the signal's name. */
  readonly ended: Promise<number | string>
}

const lastCharacters = 2000

/** The end of what it wrote, for an error that names it. */
export const lastWordsOf = ({ output }: Pick<Program, "output">): string =>
  output().slice(-lastCharacters)

/** NODE_COMPILE_CACHE is set for tests: hundreds of programs start there. */
const inherited = (): Record<string, string> => {
  const { PATH = "", HOME = "", NODE_COMPILE_CACHE } = process.env
  return { PATH, HOME, ...(NODE_COMPILE_CACHE !== undefined && { NODE_COMPILE_CACHE }) }
}

const live = new Set<ChildProcess>()
process.on("exit", () => {
  for (const child of live) child.kill("SIGKILL")
})

/** Runs Node with `args`; the environment holds `env` and no other setting of ours. */
export const run = (
  args: ReadonlyArray<string>,
  env: Readonly<Record<string, string>>,
  cwd = process.cwd()
): Program => runProgram(process.execPath, args, env, cwd)

/** The same with any program. */
export function runProgram(
  command: string,
  args: ReadonlyArray<string>,
  env: Readonly<Record<string, string>>,
  cwd = process.cwd()
): Program {
  const child = spawn(command, args, {
    cwd,
    env: { ...inherited(), ...env },
    stdio: ["ignore", "pipe", "pipe"]
  })
  live.add(child)
  let text = ""
  let answered = ""
  const listeners = new Set<() => void>()
  const hear = (chunk: Buffer): void => {
    text += chunk.toString()
    for (const listener of listeners) listener()
  }
  child.stdout.on("data", (chunk: Buffer) => {
    answered += chunk.toString()
    hear(chunk)
  })
  child.stderr.on("data", hear)
  const ended = once(child, "close").then(([code, signal]: Array<number | string | null>) => {
    live.delete(child)
    for (const listener of listeners) listener()
    return code ?? signal ?? "unknown"
  })
  return {
    pid: child.pid ?? 0,
    output: () => text,
    stdout: () => answered,
    signal: (signal) => void child.kill(signal),
    ended,
    said: (pattern, withinMs = 20_000) =>
      new Promise((resolve, reject) => {
        const finish = (act: () => void): void => {
          clearTimeout(timer)
          listeners.delete(look)
          act()
        }
        const look = (): void => {
          const match = pattern.exec(text)
          if (match !== null) finish(() => resolve(match))
          else if (!live.has(child))
            finish(() => reject(new Error(`ended without saying ${pattern}:\n${text}`)))
        }
        const timer = setTimeout(
          () => finish(() => reject(new Error(`did not say ${pattern} in time:\n${text}`))),
          withinMs
        )
        listeners.add(look)
        look()
      })
  }
}
