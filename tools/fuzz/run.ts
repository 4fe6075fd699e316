// One target from its start to its end: attacked with inputs of our own, examined by schemathesis as a user
// and as an admin, and looked at afterwards.

import { floods as attacks } from "../harness/attack.ts"
import { type FloodResult, floodFaults, withstand } from "../harness/flood.ts"
import { afterwards } from "./afterwards.ts"
import { type Attack, attack, type Finding } from "./attack.ts"
import { type Examination, examine } from "./schemathesis.ts"
import { type System, startTarget, type TargetName } from "./systems.ts"

export interface RunOptions {
  readonly seed: string
  readonly seconds: number
  readonly say: (line: string) => void
  /** False where it can't be had, and may be left out. */
  readonly schemathesis: boolean
}

export interface TargetResult {
  readonly target: TargetName
  readonly attack: Attack
  readonly examinations: ReadonlyArray<Examination>
  readonly floods: ReadonlyArray<FloodResult>
  readonly findings: ReadonlyArray<Finding>
}

/** The share of each of the two examinations. */
const examinationShare = 1 / 6
/** Seconds of each flood. The server ends a connection that does not read within 15; a short run sees less. */
const floodSeconds = (seconds: number): number => Math.min(15, seconds / 8)

export async function runTarget(
  target: TargetName,
  { seed, seconds, say, schemathesis }: RunOptions
): Promise<TargetResult> {
  say(`${target}: starting`)
  const system = await startTarget(target)
  try {
    const callers = schemathesis ? (["user", "admin"] as const) : []
    const ours = seconds * (1 - callers.length * examinationShare)
    say(`${target}: attacking ${system.people.url} for ${ours.toFixed(0)} s`)
    const attacked = await attack(system, { seed, seconds: ours, say })
    const examinations: Array<Examination> = []
    for (const as of callers) {
      say(`${target}: schemathesis as ${as} for ${(seconds * examinationShare).toFixed(0)} s`)
      const examined = await examine(system, { as, seed, seconds: seconds * examinationShare })
      for (const { operation, fault, reproduction } of examined.findings) {
        say(`FOUND ${operation}: ${fault}`)
        say(`  ${reproduction}`)
      }
      examinations.push(examined)
    }
    const floods: Array<FloodResult> = []
    for (const flood of attacks) {
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
