// Writes a run into the documents: the table between its marks in docs/performance.md, and the plots.
import { mkdir, readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { between } from "../../harness/marks.ts"
import { describeIdle } from "../idle.ts"
import type { Results } from "../results.ts"
import { plots } from "./plots.ts"
import { linesOf } from "./summary.ts"
import { linesTable } from "./table.ts"

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
  await writeFile(
    path,
    between(await readFile(path, "utf8"), "bench", section(results, pictures.keys()))
  )
  await mkdir(folder, { recursive: true })
  for (const [name, svg] of pictures) await writeFile(join(folder, name), svg)
}
