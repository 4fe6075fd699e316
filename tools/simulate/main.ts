// `npm run simulate`: runs seeds and checks every invariant, or (`--mutations`) shows that each deliberate
// mistake is caught. Exit code 1: an invariant was violated, or a mistake was not noticed.
import { print, runCommand, writeRaw } from "../harness/command.ts"
import type { Summary, Task } from "./lane.ts"
import { mutations } from "./mutations.ts"
import { type Options, readOptions, usage } from "./options.ts"
import { runTasks } from "./pool.ts"
import { describeFailure, describeTotals, total } from "./report.ts"
import { simulate } from "./simulate.ts"

/** On one line that is written again and again: hundreds of tasks end in a minute. */
const progress = (text: string): void => {
  if (process.stderr.isTTY) process.stderr.write(`\r${text}\u001b[K`)
}

const seedsPerTask = 20
const printedFailures = 3

const started = performance.now()
const seconds = () => (performance.now() - started) / 1000

const runSeeds = async ({ first, count, trace, out }: Options): Promise<boolean> => {
  const tasks = Array.from(
    { length: Math.ceil(count / seedsPerTask) },
    (_, i): Task => ({
      first: first + i * seedsPerTask,
      count: Math.min(seedsPerTask, count - i * seedsPerTask)
    })
  )
  const summaries: Array<Summary> = []
  let failures = 0
  await runTasks(tasks, (_, done) => {
    summaries.push(...done)
    failures += done.filter(({ violation }) => violation !== undefined).length
    progress(`${summaries.length} of ${count} seeds, ${failures} failed, ${seconds().toFixed(0)} s`)
  })
  progress("")
  summaries.sort((a, b) => a.seed - b.seed)
  const totals = total(summaries)
  for (const { seed } of totals.violations.slice(0, printedFailures))
    print(describeFailure(simulate(seed, { logs: true }), { whole: trace }))
  if (count === 1 && trace && failures === 0)
    print(simulate(first, { logs: true }).trace.join("\n"))
  for (const { seed, invariant } of totals.violations) print(`seed ${seed} violates: ${invariant}`)
  print(describeTotals(totals, seconds()))
  writeRaw(out, { ...totals, seconds: seconds(), summaries })
  return failures === 0
}

const runMutations = async ({ first, count, out }: Options): Promise<boolean> => {
  const tasks = mutations.map(({ name }): Task => ({ first, count, mutation: name }))
  const results: Array<{
    readonly mutation: string
    readonly seeds: number
    readonly by?: string
  }> = []
  await runTasks(tasks, ({ mutation = "" }, done) => {
    const by = done.at(-1)?.violation?.invariant
    const verdict =
      by === undefined ? `SURVIVED ${done.length} seeds` : `"${by}" after ${done.length} seeds`
    print(`${mutation.padEnd(58)} ${verdict}`)
    results.push({ mutation, seeds: done.length, ...(by === undefined ? {} : { by }) })
  })
  const survivors = results.filter(({ by }) => by === undefined).length
  print(`\n${results.length} mutations, ${survivors} survived, ${seconds().toFixed(0)} s`)
  writeRaw(out, results)
  return survivors === 0
}

async function main(options: Options): Promise<number> {
  const passed = await (options.mutations ? runMutations(options) : runSeeds(options))
  print(`Raw results: ${options.out}`)
  return passed ? 0 : 1
}

await runCommand({ usage, read: readOptions, main })
