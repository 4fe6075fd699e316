// Writes a run into the documents: the table between its marks in docs/performance.md, and the plots.
import { mkdir, readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { describeIdle } from "../idle.ts"
import type { Results } from "../results.ts"
import { plots } from "./plots.ts"
import { linesOf } from "./summary.ts"
import { linesTable } from "./table.ts"

const marks = { begin: "<!-- bench -->", end: "<!-- /bench -->" } as const

/** Throws where the document lacks the marks. */
export function between(document: string, content: string): string {
  const begin = document.indexOf(marks.begin)
  const end = document.indexOf(marks.end)
  if (begin === -1 || end < begin)
    throw new Error(`the document has no ${marks.begin} with ${marks.end} after it`)
  const before = document.slice(0, begin + marks.begin.length)
  return `${before}\n${content}\n${document.slice(end)}`
}

export const describeRun = ({ command, commit, at, machine, versions, pace }: Results): string =>
  [
    `\`${command}\` at ${commit}, ${at.slice(0, 10)}: ${pace.rounds} rounds of ${pace.seconds} s after`,
    `${pace.warmUpSeconds} s of warming up, workers over ${pace.messages} messages. ${machine}.`,
    `${Object.entries(versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(", ")}.`
  ].join("\n")

const titles: Readonly<Record<string, string>> = {
  "throughput.svg": "Throughput of this system, its peers and the limits",
  "latency.svg": "Time from an order to its mail, against the load",
  "growth.svg": "Throughput with more stored orders, and with more lines an order"
}

/** What stands between the marks. */
export const section = (results: Results, pictures: Iterable<string>): string =>
  [
    describeRun(results),
    describeIdle(results.idle),
    linesTable(linesOf(results)),
    ...Array.from(pictures, (name) => `![${titles[name] ?? name}](plots/${name})`)
  ].join("\n\n")

export async function publish(results: Results, docs: string): Promise<void> {
  const path = join(docs, "performance.md")
  const folder = join(docs, "plots")
  const pictures = plots(results)
  await writeFile(path, between(await readFile(path, "utf8"), section(results, pictures.keys())))
  await mkdir(folder, { recursive: true })
  for (const [name, svg] of pictures) await writeFile(join(folder, name), svg)
}
