// `npm run chaos`: plays the scenarios one after the other on real services, prints a table, and ends with
// 1 where a promise was broken.
import { mkdir, writeFile } from "node:fs/promises"
import { join, parse } from "node:path"
import { makeSay, print, runCommand, stopWhenInterrupted, writeRaw } from "../harness/command.ts"
import { table } from "../harness/table.ts"
import { closeConnections } from "./http.ts"
import { type Options, readOptions, usage } from "./options.ts"
import { type Progress, play, type Result } from "./play.ts"
import { broken, columns, type Row } from "./row.ts"
import type { Scenario } from "./scenario.ts"
import { type Services, startServices } from "./services.ts"
import { makeTheatre, type OpenStage } from "./stage.ts"

const say = makeSay()

const progress = ({ scenario, phase, seconds, accepted }: Progress): void =>
  say(`${scenario}: ${phase}, ${seconds.toFixed(0)} s, ${accepted} accepted`)

/** What a scenario needs in addition to its faults: starting, healing, settling. */
const overheadSeconds = 35
const faultSeconds = { least: 6, most: 60 } as const

const secondsEach = ({ minutes, scenarios }: Options): number => {
  const share = (minutes * 60) / scenarios.length - overheadSeconds
  return Math.min(Math.max(share, faultSeconds.least), faultSeconds.most)
}

/** A scenario that could not be played to its end shows nothing, and so keeps no promise. */
const failedRow = (scenario: string, error: unknown): Row => ({
  ...{ scenario, accepted: 0, refused: 0, lost: 0, stuck: 0, oversold: 0, stockOff: 0 },
  ...{ mailsMissing: 0, mailsTwice: 0, mailsTwiceAllowed: 0, recoverySeconds: 0 },
  ...{ outageSeconds: 0, worstRequestSeconds: 0, healthzFailures: 0, staleReads: null },
  drainResets: 0,
  problems: [`not played to its end: ${error instanceof Error ? error.stack : error}`]
})

async function playOne(
  openStage: OpenStage,
  scenario: Scenario,
  { seed }: Options,
  seconds: number
): Promise<Partial<Result> & Pick<Result, "row">> {
  try {
    return await play(openStage, scenario, { seed, seconds, progress })
  } catch (error) {
    return { row: failedRow(scenario.name, error) }
  }
}

/** What the processes logged, where something went wrong: next to the results. */
async function keepLogs(out: string, { row, logs = [] }: Partial<Result> & Pick<Result, "row">) {
  const { dir, name } = parse(out)
  const folder = join(dir, `${name}-logs`, row.scenario)
  await mkdir(folder, { recursive: true })
  await Promise.all(logs.map((log) => writeFile(join(folder, `${log.name}.log`), log.text)))
  say(`${row.scenario}: the logs of its processes are in ${folder}`)
}

async function playAll(services: Services, options: Options): Promise<ReadonlyArray<Row>> {
  const rows: Array<Row> = []
  const results: Array<object> = []
  const seconds = secondsEach(options)
  const openStage = makeTheatre(services)
  for (const scenario of options.scenarios) {
    const result = await playOne(openStage, scenario, options, seconds)
    const { row, details } = result
    rows.push(row)
    results.push({ ...row, broken: broken(row), details })
    for (const promise of broken(row)) say(`${scenario.name}: BROKEN: ${promise}`)
    if (broken(row).length > 0) await keepLogs(options.out, result)
    const { seed } = options
    const from = services.from
    writeRaw(options.out, { seed, seconds, from, results })
  }
  return rows
}

async function main(options: Options): Promise<number> {
  say(
    `seed ${options.seed}, ${options.scenarios.length} scenarios, faults for ${secondsEach(options).toFixed(0)} s each`
  )
  const services = await startServices()
  const stop = async (): Promise<void> => {
    closeConnections()
    await services.stop()
  }
  stopWhenInterrupted(say, stop)
  try {
    const rows = await playAll(services, options)
    print(`\n${table(columns, rows)}\n\nRaw results: ${options.out}`)
    return rows.some((row) => broken(row).length > 0) ? 1 : 0
  } finally {
    await stop()
  }
}

await runCommand({ usage, read: readOptions, main })
