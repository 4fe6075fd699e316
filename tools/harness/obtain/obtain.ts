// How a program is found: each source in turn, the first that has it wins. Nothing is guessed: when
// none has it, the error names every source and why it failed.

import { execFile } from "node:child_process"
import { access, constants } from "node:fs/promises"
import { delimiter, join } from "node:path"
import { promisify, stripVTControlCharacters } from "node:util"

export const execute = promisify(execFile)

export interface Found {
  readonly path: string
  readonly from: string
}

export interface Source {
  readonly from: string
  /** The path of what it found; throws with the reason where it has nothing. */
  readonly find: () => Promise<string>
}

export class Unobtainable extends Error {
  readonly missing: string

  constructor(missing: string, tried: ReadonlyArray<string>) {
    super(`${missing} cannot be had. Tried:\n${tried.map((line) => `  - ${line}`).join("\n")}`)
    this.name = "Unobtainable"
    this.missing = missing
  }
}

/** A laptop may lack a service, whose suites then say so; in CI nothing may be left out. */
export function mayLeaveOut(error: unknown): error is Unobtainable {
  const ci = process.env["CI"]
  const inCi = ci !== undefined && ci !== "" && ci !== "false"
  return error instanceof Unobtainable && !inCi
}

export async function obtain(name: string, sources: ReadonlyArray<Source>): Promise<Found> {
  const tried: Array<string> = []
  for (const { from, find } of sources) {
    try {
      return { path: await find(), from }
    } catch (error) {
      tried.push(`${from}: ${reason(error)}`)
    }
  }
  throw new Unobtainable(name, tried)
}

/** An executable on the PATH that also runs here (a broken install is not a find). */
export function onPath(binary: string): Source {
  return {
    from: "PATH",
    find: async () => {
      const path = await which(binary)
      await assertRuns(path)
      return path
    }
  }
}

export async function which(binary: string): Promise<string> {
  for (const dir of (process.env["PATH"] ?? "").split(delimiter)) {
    const path = join(dir, binary)
    if (dir !== "" && (await isExecutable(path))) return path
  }
  throw new Error(`no ${binary} there`)
}

export async function assertRuns(path: string): Promise<void> {
  await execute(path, ["--version"])
}

function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false
  )
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const cause = error.cause instanceof Error ? ` (${error.cause.message})` : ""
  return complaint(error) ?? `${error.message}${cause}`
}

/** What a failed command said: its first line that speaks of an error, or else its last one. */
function complaint(error: Error): string | undefined {
  const { stderr = "", stdout = "" } = error as { stderr?: string; stdout?: string }
  const lines = stripVTControlCharacters(`${stderr}\n${stdout}`)
    .split("\n")
    .filter((line) => line.trim() !== "")
  return lines.find((line) => /error/i.test(line)) ?? lines.at(-1)
}
