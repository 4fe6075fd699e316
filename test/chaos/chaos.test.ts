// A short selection of `npm run chaos`, held to the same promises: real services, real processes.
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { play } from "../../chaos/play.ts"
import { broken } from "../../chaos/row.ts"
import type { Scenario } from "../../chaos/scenario.ts"
import { killWorkers } from "../../chaos/scenarios/kills.ts"
import { rollingRestart } from "../../chaos/scenarios/rolling-restart.ts"
import { sesLostAnswer } from "../../chaos/scenarios/ses.ts"
import { type Services, startServices } from "../../chaos/services.ts"
import { makeTheatre, type OpenStage } from "../../chaos/stage.ts"
import { obtainMongod, obtainRedis } from "../services/binaries.ts"
import { mayLeaveOut } from "../services/obtain.ts"
import { leaveOut } from "../services/suite.ts"
import { obtainToxiproxy } from "../services/toxiproxy.ts"

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

  it("keeps every promise while workers are killed", async () => {
    const { row } = await playIt(killWorkers)
    expect(row.accepted).toBeGreaterThan(10)
  }, 120_000)

  it("mails twice only where SES's answer was lost, and counts how often", async () => {
    const { row } = await playIt(sesLostAnswer)
    expect(row.mailsTwice).toBeGreaterThan(0)
  }, 120_000)

  it("breaks no client's connection while every process is replaced", async () => {
    const { details } = await playIt(rollingRestart)
    expect(details.interruptions).toEqual([])
  }, 120_000)
}

if (missing === undefined) describe(title, declare)
else leaveOut(title, missing)
