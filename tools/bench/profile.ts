// CPU profiles of what is measured, as Node writes them, and where the time went in them: by package.
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { type Columns, table } from "../harness/table.ts"
import type { Contestant } from "./contestant.ts"

/** The parts of a .cpuprofile that are read here (the Chrome DevTools protocol's Profiler.Profile). */
export interface CpuProfile {
  readonly nodes: ReadonlyArray<{
    readonly id: number
    readonly callFrame: { readonly functionName: string; readonly url: string }
    readonly children?: ReadonlyArray<number>
  }>
  /** The node at the top of the stack, at each tick. */
  readonly samples: ReadonlyArray<number>
  /** Microseconds since the tick before. */
  readonly timeDeltas: ReadonlyArray<number>
}

export interface Share {
  readonly owner: string
  /** Of the time that the processor was busy, from 0 to 1. */
  readonly part: number
}

/** The sources of a program in place of its build, whose files do not say which package a function is of. */
const fromSources = (argument: string): string =>
  argument.replace(/\bdist\/(programs\/\w+)\.js$/u, "src/$1.ts")

/** The contestant with each of its programs leaving a profile in `folder` when it ends. */
export const profiled = (contestant: Contestant, folder: string): Contestant => {
  const flagged = (args: ReadonlyArray<string>): ReadonlyArray<string> => [
    ...["--cpu-prof", "--cpu-prof-dir", folder],
    ...args.map(fromSources)
  ]
  const { api, worker } = contestant
  return {
    ...contestant,
    ...(api && { api: flagged(api) }),
    ...(worker && { worker: flagged(worker) })
  }
}

const idle = "(idle)"
const noPackage = "Node and V8"

/** Whose code it is; undefined for Node's own, which works for its caller. */
const ownerOf = ({
  functionName,
  url
}: CpuProfile["nodes"][number]["callFrame"]): string | undefined => {
  if (functionName === "(garbage collector)") return "garbage collector"
  const inPackages = url.lastIndexOf("node_modules/")
  if (inPackages === -1) return url.startsWith("file:") ? "its own code" : undefined
  const [scope = "", name = ""] = url.slice(inPackages + "node_modules/".length).split("/")
  return scope.startsWith("@") ? `${scope}/${name}` : scope
}

interface Spent {
  /** Microseconds. */
  readonly busy: number
  readonly shares: ReadonlyArray<Share>
}

/**
 * Who the time was spent for, the most first: Node's own functions count for the package that called them, and
 * for none where no package is on the stack.
 */
export function spentIn({ nodes, samples, timeDeltas }: CpuProfile): Spent {
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const callers = new Map(nodes.flatMap(({ id, children = [] }) => children.map((c) => [c, id])))
  const owners = new Map<number, string>()
  const ownerAt = (id: number): string => {
    const known = owners.get(id)
    if (known !== undefined) return known
    const node = byId.get(id)
    const caller = callers.get(id)
    const own = node === undefined ? undefined : ownerOf(node.callFrame)
    const owner = own ?? (caller === undefined ? noPackage : ownerAt(caller))
    owners.set(id, owner)
    return owner
  }
  const times = new Map<string, number>()
  let busy = 0
  for (const [i, id] of samples.entries()) {
    if (byId.get(id)?.callFrame.functionName === idle) continue
    const micros = timeDeltas[i] ?? 0
    busy += micros
    times.set(ownerAt(id), (times.get(ownerAt(id)) ?? 0) + micros)
  }
  const shares = Array.from(times, ([owner, micros]) => ({ owner, part: micros / busy }))
  return { busy, shares: shares.sort((a, b) => b.part - a.part) }
}

const shown = 10

const columns: Columns<Share> = [
  ["time spent for", ({ owner }) => owner],
  ["%", ({ part }) => (100 * part).toFixed(1)]
]

/** Node names profiles by date, time, process, thread and number. Threads of a pool wait in native code, busily. */
const ofMainThread = /^CPU\.\d+\.\d+\.\d+\.0\.\d+\.cpuprofile$/u

/** Of the busiest program of those that left their profiles in the folder; undefined where none did. */
export function profileTable(folder: string): string | undefined {
  if (!existsSync(folder)) return undefined
  const files = readdirSync(folder).filter((name) => ofMainThread.test(name))
  const all = files.map((name) => spentIn(JSON.parse(readFileSync(join(folder, name), "utf8"))))
  const [busiest] = all.sort((a, b) => b.busy - a.busy)
  return busiest && table(columns, busiest.shares.slice(0, shown))
}
