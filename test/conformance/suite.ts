// What the API owes to its callers, seen from outside alone. The same suite runs against a
// system in this process, behind a URL, and on other runtimes; limits must be far away there.
import { afterAll, assert, beforeAll, beforeEach, describe, it } from "vitest"
import { accounts } from "./accounts.ts"
import { admin } from "./admin.ts"
import { audit } from "./audit.ts"
import { operatorsConsole } from "./console.ts"
import { documents } from "./documents.ts"
import { http } from "./http.ts"
import { operators } from "./operators.ts"
import { orders } from "./orders.ts"
import { passwords } from "./passwords.ts"
import { products } from "./products.ts"
import { sessions } from "./sessions.ts"
import type { Target } from "./target.ts"
import { openWorld, type World } from "./world.ts"

export type OpenTarget = () => Promise<Target & AsyncDisposable>

/** Answers that this suite can't cause from outside: faults, limits, and the passing of time. */
const notCaused =
  /(?:internal|unavailable|request_timeout|headers_too_large|rate_limited|token_expired|channel_unavailable)$/u
/** A new code may be asked for after a minute. */
const afterAMinute = /^resendOtp (?:202|429 too_many_attempts)/u
/** Only an order that a worker confirmed and mailed gets there. */
const afterSettling = /^(?:fulfilOrder|resendConfirmation) 200/u

/** A test that fails on a host, and the reason for it that lies with the host. */
export interface Gap {
  /** With those of the suites around it. */
  readonly title: string
  readonly reason: string
}

export interface ConformanceOptions {
  /** Whether the target can confirm an order and record its mail. */
  readonly settles: boolean
  /** Printed by the run. It fails where one of them passes, and where a title names no test. */
  readonly gaps?: ReadonlyArray<Gap>
}

export const conformance = (
  name: string,
  open: OpenTarget,
  { settles, gaps = [] }: ConformanceOptions
): void => {
  describe(name, () => {
    const met = new Set<Gap>()
    beforeEach(({ task }) => {
      const gap = gaps.find(({ title }) => task.fullTestName.endsWith(`${name} > ${title}`))
      if (gap === undefined) return
      met.add(gap)
      process.stderr.write(`GAP: "${name}" fails "${gap.title}": ${gap.reason}\n`)
      // The runner lets such a test pass where it fails, and fail where it passes.
      Object.assign(task, { fails: true, meta: { ...task.meta, gap: gap.reason } })
    })

    let target: Awaited<ReturnType<OpenTarget>>
    let world: World
    beforeAll(async () => {
      target = await open()
      world = await openWorld(target)
    }, 120_000)
    afterAll(() => target[Symbol.asyncDispose]())

    const use = () => world
    describe("accounts", () => accounts(use))
    describe("passwords", () => passwords(use))
    describe("sessions", () => sessions(use))
    describe("products", () => products(use))
    describe("orders", () => orders(use))
    describe("administration", () => admin(use, settles))
    describe("operators", () => operators(use, settles))
    describe("audit events", () => audit(use))
    describe("console", () => operatorsConsole(use, settles))
    describe("http", () => http(use))
    describe("documents", () => documents(use))

    it("gives every answer that it declares", () => {
      const missing = world.declared.filter(
        (answer) =>
          !world.seen.has(answer) &&
          !notCaused.test(answer) &&
          !afterAMinute.test(answer) &&
          (settles || !afterSettling.test(answer))
      )
      assert.deepStrictEqual(missing, [])
    })

    it("has the tests that are listed as gaps", () => {
      assert.deepStrictEqual(
        gaps.filter((gap) => !met.has(gap)),
        []
      )
    })
  })
}
