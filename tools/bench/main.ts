// `npm run bench`: measures this system beside its peers and limits, prints a table, and ends with 1 where
// something could not be measured.
import { join } from "node:path"
import { chosen } from "../harness/command/chosen.ts"
import { makeSay } from "../harness/command/progress.ts"
import { writeRaw } from "../harness/command/raw.ts"
import { subject } from "./goals.ts"
import { type Options, readOptions, usageOf } from "./options.ts"
import { playWorkload } from "./play.ts"
import { profiled, profileTable } from "./profile.ts"
import { crossedBounds } from "./report/bounds.ts"
import { publish } from "./report/publish.ts"
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

const headerOf = ({ workloads: chosen, pace }: Options, services: Services) => ({
  at: new Date().toISOString(),
  command: ["npm run bench", ...process.argv.slice(2)].join(" "),
  commit: describeCommit(),
  machine: describeMachine(),
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
    process.stdout.write(`\n${title}\n${profileTable(join(folder, name)) ?? "left no profile"}\n`)
  process.stdout.write(`\nThe profiles are in ${folder}; Chrome's DevTools open them.\n`)
}

/** The file holds what there is after each workload, whatever becomes of the next one. */
async function playAll(services: Services, options: Options): Promise<Results> {
  const header = headerOf(options, services)
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

async function main(options: Options): Promise<number> {
  say(`${options.workloads.length} workloads, ${options.pace.rounds} rounds of each`)
  const services = await startServices()
  const interrupted = (): void => {
    say("interrupted: stopping everything")
    void services.stop().finally(() => process.exit(130))
  }
  process.once("SIGINT", interrupted)
  process.once("SIGTERM", interrupted)
  try {
    const results = await playAll(services, options)
    process.stdout.write(`\n${linesTable(linesOf(results))}\n\n${results.machine}\n`)
    process.stdout.write(`Raw results: ${options.out}\n`)
    if (options.profile !== undefined) tellProfiles(options, options.profile)
    if (options.publish) {
      // A median of the rounds that did not fail would look like one of all.
      if (results.failures.length > 0) say("not published: measurements failed")
      else await publish(results, "docs")
    }
    const crossed = options.quick ? crossedBounds(results) : []
    for (const line of crossed) process.stdout.write(`REGRESSION: ${line}\n`)
    return results.failures.length === 0 && crossed.length === 0 ? 0 : 1
  } catch (error) {
    say(`given up: ${error instanceof Error ? error.message : error}`)
    return 1
  } finally {
    await services.stop()
  }
}

const options = chosen((args) => readOptions(args, workloads, new Date()), usageOf(workloads.full))
// Exits by itself: a process that a signal of ours could not end must not keep the command alive.
if (options !== undefined) process.exit(await main(options))
