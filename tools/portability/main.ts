// `npm run portability`: the conformance suite of the API on every runtime, and what the API takes there.
import { readFileSync, writeFileSync } from "node:fs"
import { parseArgs } from "node:util"
import { makeSay, print, runCommand, writeRaw } from "../harness/command.ts"
import { between } from "../harness/marks.ts"
import { mayLeaveOut } from "../harness/obtain/obtain.ts"
import { runtimeNames } from "../harness/obtain/runtimes.ts"
import { openRuntime, type Runtime, thisNode } from "../harness/runtimes.ts"
import { startServices } from "../harness/system.ts"
import { type Measured, measureLambda, measureRuntime, measureWorkerd } from "./measure.ts"
import { report } from "./report.ts"
import { runSuite } from "./suite.ts"

const document = "docs/portability.md"
const folder = "results/portability"

/** Those that can be had here; on a machine that lacks one its rows are left out. */
const openRuntimes = async (): Promise<ReadonlyArray<Runtime>> => {
  const runtimes: Array<Runtime> = []
  for (const name of runtimeNames)
    try {
      runtimes.push(await openRuntime(name))
    } catch (error) {
      if (!mayLeaveOut(error)) throw error
      process.stderr.write(`LEFT OUT: ${name}: ${error.missing}\n`)
    }
  return [...runtimes, thisNode]
}

await runCommand({
  usage: [
    "Usage: npm run portability -- [options]",
    "",
    `  --publish    writes the table into ${document}`
  ].join("\n"),
  read: (args) =>
    parseArgs({ args: [...args], options: { publish: { type: "boolean", default: false } } })
      .values,
  main: async ({ publish }) => {
    const say = makeSay()
    const measured = new Map<string, Measured>()
    const runtimes = await openRuntimes()
    const services = await startServices()
    try {
      for (const runtime of runtimes) {
        say(`starting the API on ${runtime.title}`)
        measured.set(`${runtime.title}, live`, await measureRuntime(runtime, services))
      }
      say("starting it on Lambda's events and on workerd")
      measured.set("AWS Lambda, live", await measureLambda(services))
      measured.set("workerd, embedded", await measureWorkerd())
    } finally {
      await services.stop()
    }
    say("running the suite")
    const results = await runSuite(folder)
    const text = report(results, measured)
    writeRaw(`${folder}/portability.json`, { measured: Object.fromEntries(measured), results })
    print(`\n${text}`)
    if (publish)
      writeFileSync(document, between(readFileSync(document, "utf8"), "portability", text))
    return results.some(({ failed }) => failed.length > 0) ? 1 : 0
  }
})
