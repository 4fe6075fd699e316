// `npm run bench`: measures this system, its peers and its limits, prints a table, and ends with 1 where
// something could not be measured.
import { join } from "node:path"
import { makeSay, print, runCommand, stopWhenInterrupted, writeRaw } from "../harness/command.ts"
import { subject } from "./goals.ts"
import { describeIdle, measureIdle } from "./idle.ts"
import { type Options, readOptions, usageOf } from "./options.ts"
import { playWorkload } from "./play.ts"
import { profiled, profileTable } from "./profile.ts"
import { crossedBounds } from "./report/bounds.ts"
import { publish } from "./report/publish.ts"
import { publishScaling, scalingTable } from "./report/scaling.ts"
import { linesOf } from "./report/summary.ts"
import { linesTable } from "./report/table.ts"
import {
  describeCommit,
  describeMachine,
  describePackages,
  type Failure,
  type Measurement,
  type Results
} from "./results.ts"
import { type Services, startServices } from "./services.ts"
import type { Workload } from "./workload.ts"
import * as workloads from "./workloads.ts"

const say = makeSay()

const idleSeconds = 5

const headerOf = ({ workloads: chosen, pace }: Options, services: Services, idle: number) => ({
  at: new Date().toISOString(),
  command: ["npm run bench --", ...process.argv.slice(2)].join(" "),
  commit: describeCommit(),
  machine: describeMachine(),
  idle,
  versions: { Node: process.versions.node, ...services.versions, ...describePackages() },
  pace,
  workloads: chosen.map(({ name, title, unit, better }) => ({ name, title, unit, better }))
})

/** This system alone, with a folder for each workload's profiles. */
const profiledWorkload = (workload: Workload, folder: string): Workload => ({
  ...workload,
  contestants: workload.contestants
    .filter(({ name }) => name === subject)
    .map((contestant) => profiled(contestant, join(folder, workload.name)))
})

const tellProfiles = ({ workloads }: Options, folder: string): void => {
  for (const { name, title } of workloads)
    print(`\n${title}\n${profileTable(join(folder, name)) ?? "left no profile"}`)
  print(`\nThe profiles are in ${folder}; Chrome's DevTools open them.`)
}

/** The file is complete after each workload, so that a failure of the next one loses nothing. */
async function playAll(services: Services, options: Options, idle: number): Promise<Results> {
  const header = headerOf(options, services, idle)
  const measurements: Array<Measurement> = []
  const failures: Array<Failure> = []
  for (const workload of options.workloads) {
    const { profile } = options
    const chosenWorkload = profile === undefined ? workload : profiledWorkload(workload, profile)
    const played = await playWorkload(services, chosenWorkload, options.pace, say)
    measurements.push(...played.measurements)
    failures.push(...played.failures)
    writeRaw(options.out, { ...header, measurements, failures } satisfies Results)
  }
  return { ...header, measurements, failures }
}

const tell = (results: Results, { scaling, out }: Options): void => {
  const table = scaling ? scalingTable(results) : linesTable(linesOf(results))
  print(`\n${describeIdle(results.idle)}\n\n${table}\n\n${results.machine}`)
  print(`Raw results: ${out}`)
}

async function publishIn(docs: string, results: Results, { scaling }: Options): Promise<void> {
  // A median of the rounds that did not fail would look like one of all.
  if (results.failures.length > 0) say("not published: measurements failed")
  else await (scaling ? publishScaling : publish)(results, docs)
}

async function main(options: Options): Promise<number> {
  say(`${options.workloads.length} workloads, ${options.pace.rounds} rounds of each`)
  const idle = await measureIdle(idleSeconds)
  say(describeIdle(idle))
  const services = await startServices()
  stopWhenInterrupted(say, services.stop)
  try {
    const results = await playAll(services, options, idle)
    tell(results, options)
    if (options.profile !== undefined) tellProfiles(options, options.profile)
    if (options.publish) await publishIn("docs", results, options)
    const crossed = options.quick ? crossedBounds(results) : []
    for (const line of crossed) print(`REGRESSION: ${line}`)
    return results.failures.length === 0 && crossed.length === 0 ? 0 : 1
  } catch (error) {
    say(`given up: ${error instanceof Error ? error.message : error}`)
    return 1
  } finally {
    await services.stop()
  }
}

await runCommand({
  usage: usageOf(workloads.full),
  read: (args) => readOptions(args, workloads, new Date()),
  main
})
