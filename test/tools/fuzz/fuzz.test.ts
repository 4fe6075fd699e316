// A short run of `npm run fuzz`: the same inputs, for a part of a minute, on both systems. Schemathesis, which takes
// longest to start, is a user on one of them and an admin on the other. The floods are in
// test/e2e/faults-floods.test.ts, which sends each until the server has ended it.
import { assert, describe, it } from "vitest"
import { groups } from "../../../tools/fuzz/case.ts"
import { runTarget } from "../../../tools/fuzz/run.ts"
import { type TargetName, targetNames } from "../../../tools/fuzz/systems.ts"
import { obtainMongod, obtainRedis } from "../../../tools/harness/obtain/binaries.ts"
import { mayLeaveOut } from "../../../tools/harness/obtain/obtain.ts"
import { obtainSchemathesis } from "../../../tools/harness/obtain/schemathesis.ts"
import { leaveOut } from "../../suite.ts"

const seed = "npm test"
const seconds = 14
const examinedAs = { embedded: "user", live: "admin" } as const

/** What this machine lacks of these; throws where nothing may be left out. */
const lacking = async (obtain: () => Promise<unknown>): Promise<string | undefined> => {
  try {
    await obtain()
    return undefined
  } catch (error) {
    if (!mayLeaveOut(error)) throw error
    return error.missing
  }
}

const missing: Readonly<Record<TargetName | "schemathesis", string | undefined>> = {
  embedded: undefined,
  live: await lacking(() => Promise.all([obtainMongod(), obtainRedis()])),
  schemathesis: await lacking(obtainSchemathesis)
}

if (missing.schemathesis !== undefined)
  leaveOut("schemathesis on the API under hostile inputs", missing.schemathesis)

for (const target of targetNames) {
  const title = `the API under hostile inputs, ${target}`
  const lacks = missing[target]
  if (lacks !== undefined) leaveOut(title, lacks)
  else
    describe(title, () => {
      it("keeps every rule", async () => {
        const examineAs = missing.schemathesis === undefined ? [examinedAs[target]] : []
        const say = (): void => undefined
        const { attack, examinations, findings } = await runTarget(target, {
          ...{ seed, seconds, say, examineAs, floods: false }
        })
        assert.deepStrictEqual(
          findings.map(({ operation, what, fault, reproduction }) => ({
            ...{ operation, what, fault, reproduction }
          })),
          []
        )
        for (const group of groups.filter((group) => group !== "random"))
          assert.isAbove(attack.tallies.get(group)?.cases ?? 0, 0, group)
        assert.lengthOf(examinations, examineAs.length)
        for (const { as, cases } of examinations) assert.isAbove(cases, 0, `schemathesis as ${as}`)
      }, 600_000)
    })
}
