// `npm run fuzz`: hostile inputs against the API, embedded and live. Prints each finding with a command that
// sends it again, a table in the end, and ends with 1 where something was found.
import { makeSay, print, runCommand, stopWhenInterrupted, writeRaw } from "../harness/command.ts"
import { floodColumns } from "../harness/flood.ts"
import { obtainSchemathesis } from "../harness/obtain/schemathesis.ts"
import { table } from "../harness/table.ts"
import { type Options, readOptions, usage } from "./options.ts"
import { columns, rowsOf } from "./row.ts"
import { runTarget, type TargetResult } from "./run.ts"

const say = makeSay()

const rawOf = ({ target, attack, examinations, floods, findings }: TargetResult) => ({
  target,
  corpus: attack.corpus,
  inputs: Object.fromEntries(attack.tallies),
  schemathesis: examinations.map(({ as, cases }) => ({ as, cases })),
  floods,
  findings
})

async function main({ minutes, targets, seed, out }: Options): Promise<number> {
  // What runs ends with this process.
  stopWhenInterrupted(say, () => Promise.resolve())
  say(`seed ${seed}, ${minutes} minutes for ${targets.join(" and ")}`)
  const { from } = await obtainSchemathesis()
  say(`schemathesis: ${from}`)
  const results: Array<TargetResult> = []
  for (const target of targets) {
    const seconds = (minutes * 60) / targets.length
    results.push(
      await runTarget(target, {
        ...{ seed, seconds, say, examineAs: ["user", "admin"], floods: true }
      })
    )
    writeRaw(out, { seed, minutes, results: results.map(rawOf) })
  }
  const found = results.flatMap(({ findings }) => findings).length
  print(`\n${table(columns, results.flatMap(rowsOf))}\n`)
  for (const { target, floods } of results) print(`${target}\n${table(floodColumns, floods)}\n`)
  for (const { target, attack } of results)
    print(`${target}: ${attack.corpus.played} of ${attack.corpus.of} of the corpus`)
  print(`${found} findings, seed ${seed}. Raw results: ${out}`)
  return found === 0 ? 0 : 1
}

await runCommand({ usage, read: readOptions, main })
