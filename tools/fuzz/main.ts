// `npm run fuzz`: hostile inputs against the API, embedded and live. Prints each finding with a command that
// sends it again, a table in the end, and ends with 1 where something was found.
import { chosen } from "../harness/command/chosen.ts"
import { makeSay } from "../harness/command/progress.ts"
import { writeRaw } from "../harness/command/raw.ts"
import { table } from "../harness/command/table.ts"
import { obtainSchemathesis } from "../harness/obtain/schemathesis.ts"
import { type Options, readOptions, usage } from "./options.ts"
import { columns, rowsOf } from "./row.ts"
import { runTarget, type TargetResult } from "./run.ts"

const say = makeSay()

const rawOf = ({ target, attack, examinations, findings }: TargetResult) => ({
  target,
  corpus: attack.corpus,
  inputs: Object.fromEntries(attack.tallies),
  schemathesis: examinations.map(({ as, cases }) => ({ as, cases })),
  findings
})

async function main({ minutes, targets, seed, out }: Options): Promise<number> {
  say(`seed ${seed}, ${minutes} minutes for ${targets.join(" and ")}`)
  const { from } = await obtainSchemathesis()
  say(`schemathesis: ${from}`)
  const results: Array<TargetResult> = []
  for (const target of targets) {
    const seconds = (minutes * 60) / targets.length
    results.push(await runTarget(target, { seed, seconds, say, schemathesis: true }))
    writeRaw(out, { seed, minutes, results: results.map(rawOf) })
  }
  const found = results.flatMap(({ findings }) => findings).length
  process.stdout.write(`\n${table(columns, results.flatMap(rowsOf))}\n\n`)
  for (const { target, attack } of results)
    process.stdout.write(
      `${target}: ${attack.corpus.played} of ${attack.corpus.of} of the corpus\n`
    )
  process.stdout.write(`${found} findings, seed ${seed}. Raw results: ${out}\n`)
  return found === 0 ? 0 : 1
}

const options = chosen(readOptions, usage)
// Exits by itself: what a target left running must not keep the command alive.
if (options !== undefined) process.exit(await main(options))
