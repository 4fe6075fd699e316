// One target from its start to its end: attacked with inputs of our own, examined by schemathesis as a user
// and, at the same time, as an admin, flooded, and looked at afterwards.

import { floods as attacks } from "../harness/attack.ts"
import { type FloodResult, floodFaults, withstand } from "../harness/flood.ts"
import { afterwards } from "./afterwards.ts"
import { type Attack, attack, type Finding } from "./attack.ts"
import { newView } from "./people.ts"
import { type Examination, examine } from "./schemathesis.ts"
import { type System, startTarget, type TargetName } from "./systems.ts"

export interface RunOptions {
  readonly seed: string
  readonly seconds: number
  readonly say: (line: string) => void
  /** As whom schemathesis examines it: as none where it can't be had, and may be left out. */
  readonly examineAs: ReadonlyArray<Examination["as"]>
  /** False where the same floods are sent to such a system elsewhere. */
  readonly floods: boolean
}

export interface TargetResult {
  readonly target: TargetName
  readonly attack: Attack
  readonly examinations: ReadonlyArray<Examination>
  readonly floods: ReadonlyArray<FloodResult>
  readonly findings: ReadonlyArray<Finding>
}

/** The share of the examinations, which run at the same time. */
const examinationShare = 1 / 6
/** Seconds of each flood. The server ends a connection that does not read within 15; a short run sees less. */
const floodSeconds = (seconds: number): number => Math.min(15, seconds / 8)

export async function runTarget(
  target: TargetName,
  { seed, seconds, say, examineAs, floods: isFlooded }: RunOptions
): Promise<TargetResult> {
  say(`${target}: starting`)
  const system = await startTarget(target)
  try {
    const ours = seconds * (examineAs.length > 0 ? 1 - examinationShare : 1)
    say(`${target}: attacking ${system.people.url} for ${ours.toFixed(0)} s`)
    const attacked = await attack(system, { seed, seconds: ours, say })
    // An examination also fills the queue for hashes: who takes part in one has logged in before.
    const { tokens } = await newView(system.people)
    const examinations = await Promise.all(
      examineAs.map(async (as) => {
        say(`${target}: schemathesis as ${as} for ${(seconds * examinationShare).toFixed(0)} s`)
        const examined = await examine(system, {
          ...{ as, token: tokens[as] ?? "", metricsToken: tokens.metrics ?? "", seed },
          seconds: seconds * examinationShare
        })
        for (const { operation, fault, reproduction } of examined.findings) {
          say(`FOUND ${operation}: ${fault}`)
          say(`  ${reproduction}`)
        }
        return examined
      })
    )
    const floods: Array<FloodResult> = []
    for (const flood of isFlooded ? attacks : []) {
      say(`${target}: ${flood.name}, for ${floodSeconds(seconds).toFixed(0)} s`)
      const run = () => withstand(system.api, flood, { seconds: floodSeconds(seconds) })
      const first = await run()
      // A busy machine may be the reason: a fault counts when it comes again.
      floods.push(floodFaults(first).length === 0 ? first : await run())
    }
    const drowned = floods.flatMap((result) =>
      floodFaults(result).map((fault) => floodFinding(system, result.attack, fault))
    )
    for (const { what, fault } of drowned) say(`FOUND ${what}: ${fault}`)
    const after = await afterwards(system)
    for (const { fault } of after) say(`FOUND ${target}: ${fault}`)
    return {
      ...{ target, attack: attacked, examinations, floods },
      findings: [
        ...attacked.findings,
        ...examinations.flatMap(({ findings }) => findings),
        ...drowned,
        ...after
      ]
    }
  } finally {
    await system.stop()
  }
}

const floodFinding = ({ name }: System, flood: string, fault: string): Finding => ({
  ...{ group: "floods", operation: "(none)", what: flood, fault },
  ...{ reproduction: `the flood against ${name}`, answer: "" }
})
