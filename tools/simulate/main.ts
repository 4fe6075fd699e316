// `npm run simulate`: runs seeds and checks every invariant, or (`--mutations`) shows that each deliberate
// mistake is caught. Exit code 1: an invariant was violated, or a mistake was not noticed.
import { parseArgs } from "node:util"
import { writeRaw } from "../harness/command/raw.ts"
import type { Summary, Task } from "./lane.ts"
import { mutations } from "./mutations.ts"
import { runTasks } from "./pool.ts"
import { describeFailure, describeTotals, total } from "./report.ts"
import { simulate } from "./simulate.ts"

const usage = `npm run simulate -- [options]

  --seeds N      how many seeds (1000; with --mutations: at most so many per mutation)
  --seed S       the first one (1)
  --trace        print the whole trace of a failing seed, or of the only one
  --mutations    run the deliberate mistakes instead: each has to be caught
  --out FILE     where the raw result goes (results/simulate.json, results/mutations.json)
`

const { values } = parseArgs({
  options: {
    seeds: { type: "string" },
    seed: { type: "string", default: "1" },
    trace: { type: "boolean", default: false },
    mutations: { type: "boolean", default: false },
    out: { type: "string" },
    help: { type: "boolean", default: false }
  }
})

const wholeNumber = (name: string, text: string): number => {
  const value = Number(text)
  if (Number.isSafeInteger(value) && value >= 0) return value
  process.stderr.write(`--${name} must be a whole number, not "${text}"\n\n${usage}`)
  process.exit(2)
}

const write = (file: string, result: unknown): void => {
  writeRaw(file, result)
  console.log(`raw result: ${file}`)
}

const progress = (text: string): void => {
  if (process.stderr.isTTY) process.stderr.write(`\r${text}\u001b[K`)
}

const seedsPerTask = 20
const printedFailures = 3

const started = performance.now()
const seconds = () => (performance.now() - started) / 1000

const runSeeds = async (first: number, count: number): Promise<boolean> => {
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
    console.log(describeFailure(simulate(seed, { logs: true }), { whole: values.trace }))
  if (count === 1 && values.trace && failures === 0)
    console.log(simulate(first, { logs: true }).trace.join("\n"))
  for (const { seed, invariant } of totals.violations)
    console.log(`seed ${seed} violates: ${invariant}`)
  console.log(describeTotals(totals, seconds()))
  write(values.out ?? "results/simulate.json", { ...totals, seconds: seconds(), summaries })
  return failures === 0
}

const runMutations = async (first: number, count: number): Promise<boolean> => {
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
    console.log(`${mutation.padEnd(58)} ${verdict}`)
    results.push({ mutation, seeds: done.length, ...(by === undefined ? {} : { by }) })
  })
  const survivors = results.filter(({ by }) => by === undefined).length
  console.log(`\n${results.length} mutations, ${survivors} survived, ${seconds().toFixed(0)} s`)
  write(values.out ?? "results/mutations.json", results)
  return survivors === 0
}

const main = async (): Promise<void> => {
  if (values.help) return console.log(usage)
  const first = wholeNumber("seed", values.seed)
  const passed = values.mutations
    ? await runMutations(first, wholeNumber("seeds", values.seeds ?? "1000"))
    : await runSeeds(first, wholeNumber("seeds", values.seeds ?? "1000"))
  process.exitCode = passed ? 0 : 1
}

await main()
