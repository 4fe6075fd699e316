// A short selection of `npm run chaos`, held to the same promises: real services, real processes.
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
const faultSeconds = 3

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
    services = await startServices()
    openStage = makeTheatre(services)
  })
  afterAll(() => services?.stop())

  const playIt = async (scenario: Scenario) => {
    const progress = (): void => undefined
    const { row, details } = await play(openStage, scenario, {
      ...{ seed, progress },
      seconds: faultSeconds
    })
    expect(broken(row)).toEqual([])
    return { row, details }
  }

  it("violates no guarantee while workers are killed", async () => {
    const { row } = await playIt(killWorkers)
    expect(row.accepted).toBeGreaterThan(10)
  }, 120_000)

  it("mails twice only when SES's response was lost, and counts how often", async () => {
    const { row } = await playIt(sesLostAnswer)
    expect(row.mailsTwice).toBeGreaterThan(0)
  }, 120_000)

  it("reads from the cache again after each fail-over of Redis, and no older state", async () => {
    const { row } = await playIt(redisFailOver)
    expect(row.staleReads).toBe(0)
  }, 120_000)

  it("breaks no client's connection while every process is replaced", async () => {
    const { details } = await playIt(rollingRestart)
    expect(details.interruptions).toEqual([])
  }, 120_000)
}

if (missing === undefined) describe(title, declare)
else leaveOut(title, missing)
