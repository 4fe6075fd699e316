// A short selection of `npm run chaos`, held to the same promises: real services, real processes. It has fewer buyers, who
// order less often, and one MongoDB, to which no scenario of it does anything.
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { play } from "../../../tools/chaos/play.ts"
import { broken } from "../../../tools/chaos/row.ts"
import type { Scenario } from "../../../tools/chaos/scenario.ts"
import { killWorkers } from "../../../tools/chaos/scenarios/kills.ts"
import { redisFailOver } from "../../../tools/chaos/scenarios/redis.ts"
import { rollingRestart } from "../../../tools/chaos/scenarios/rolling-restart.ts"
import { sesLostAnswer } from "../../../tools/chaos/scenarios/ses.ts"
import { type Services, startServices } from "../../../tools/chaos/services.ts"
import { makeTheatre, type OpenStage } from "../../../tools/chaos/stage.ts"
import { obtainMongod, obtainRedis } from "../../../tools/harness/obtain/binaries.ts"
import { mayLeaveOut } from "../../../tools/harness/obtain/obtain.ts"
import { obtainToxiproxy } from "../../../tools/harness/toxiproxy.ts"
import { leaveOut } from "../../suite.ts"

const title = "the system under faults"
const seed = "npm test"
const faultSeconds = 2

const missing = await Promise.all([obtainToxiproxy(), obtainMongod(), obtainRedis()]).then(
  () => undefined,
  (error: unknown) => {
    if (!mayLeaveOut(error)) throw error
    return error.missing
  }
)

const declare = (): void => {
  let services: Services
  let openStage: OpenStage
  beforeAll(async () => {
    services = await startServices({ mongoNodes: 1 })
    openStage = makeTheatre(services, { buyerCount: 4 })
  })
  afterAll(() => services?.stop())

  /** One scenario after the other under one load, which is judged once. */
  const playInTurn = async (...scenarios: ReadonlyArray<Scenario>) => {
    const scenario: Scenario = {
      name: scenarios.map(({ name }) => name).join(", "),
      about: "",
      run: async (stage) => {
        for (const { run } of scenarios) await run(stage)
      }
    }
    const progress = (): void => undefined
    const { row, details } = await play(openStage, scenario, {
      ...{ seed, progress, thinkFactor: 3, skipLeases: true },
      seconds: faultSeconds
    })
    expect(broken(row)).toEqual([])
    return { row, details }
  }

  it("breaks no connection, reads no older state, and mails twice only when SES's response was lost, while processes are replaced and Redis fails over", async () => {
    const { row, details } = await playInTurn(rollingRestart, sesLostAnswer, redisFailOver)
    expect(details.interruptions).toEqual([])
    expect(row.mailsTwice).toBeGreaterThan(0)
    expect(row.staleReads).toBe(0)
  }, 120_000)

  it("violates no guarantee while workers are killed", async () => {
    const { row } = await playInTurn(killWorkers)
    expect(row.accepted).toBeGreaterThan(10)
  }, 120_000)
}

if (missing === undefined) describe(title, declare)
else leaveOut(title, missing)
