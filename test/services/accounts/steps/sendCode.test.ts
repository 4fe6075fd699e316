// That a code for a new password takes the same work whether or not it is sent, and that its message
// says when it was asked for.
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Option } from "effect"
import { TestClock } from "effect/testing"
import * as MemoryMailbox from "../../../../src/layers/memory/MemoryMailbox.ts"
import * as MemoryRateLimiter from "../../../../src/layers/memory/MemoryRateLimiter.ts"
import * as MemorySendRate from "../../../../src/layers/memory/MemorySendRate.ts"
import {
  type Channel,
  Code,
  CodeDigest,
  type Purpose
} from "../../../../src/services/accounts/model/Verification.ts"
import { sendCode } from "../../../../src/services/accounts/steps/sendCode.ts"
import { UserId, VerificationId } from "../../../../src/services/ids.ts"
import type { Asked } from "../../../../src/services/mails/codes.ts"
import { Mailer } from "../../../../src/services/messaging/Mailer.ts"
import { SendRate } from "../../../../src/services/messaging/SendRate.ts"
import { Sms } from "../../../../src/services/messaging/Sms.ts"
import { Background } from "../../../../src/services/runtime/Background.ts"
import { RateLimiter } from "../../../../src/services/runtime/RateLimiter.ts"
import { intercept } from "../../../../src/testing/intercept.ts"

const email = "ada@example.com"
const recipients: { readonly [K in Channel]: string } = { email, sms: "+4915112345678" }

/** What is done, in order, where a reset is asked for by an address that has an account, or has none. */
const workOf = (channel: Channel, known: boolean) => {
  const calls: Array<string> = []
  const note = (what: string) => Effect.sync(() => void calls.push(what))
  const services = Layer.mergeAll(
    intercept(Mailer, () => ({
      send: ({ subject, text }) => note(`send mail ${subject} ${text}`),
      rehearse: ({ subject, text }) => note(`rehearse mail ${subject} ${text}`)
    })),
    intercept(Sms, () => ({
      send: ({ text }) => note(`send SMS ${text}`),
      rehearse: ({ text }) => note(`rehearse SMS ${text}`)
    })),
    intercept(SendRate, (real) => ({
      takeForCode: (until) => Effect.andThen(note("ask the rate, send"), real.takeForCode(until)),
      take: (max) => {
        assert.strictEqual(max, 0)
        return Effect.andThen(note("ask the rate, rehearse"), real.take(max))
      }
    })),
    intercept(RateLimiter, (real) => ({
      take: (rule, subject) => Effect.andThen(note(`count ${rule}`), real.take(rule, subject))
    })),
    Layer.succeed(Background, { run: (work) => work })
  ).pipe(
    Layer.provideMerge(
      Layer.mergeAll(
        MemoryMailbox.layer,
        MemoryRateLimiter.layer({ factor: 1 }),
        MemorySendRate.layer({ maxPerSecond: 14 })
      )
    )
  )
  const account = { userId: UserId.make("ada"), passwordVersion: 0, to: recipients[channel] }
  const purpose: Purpose = {
    _tag: "Reset",
    email,
    channel,
    locale: "en",
    account: known ? Option.some(account) : Option.none()
  }
  const at = new Date("2026-11-29T12:04:00Z")
  const send = (id: string, asked: Omit<Asked, "at"> = {}) =>
    sendCode(
      {
        id: VerificationId.make(id),
        purpose,
        codeDigest: CodeDigest.make("digest"),
        attempts: 0,
        expiresAt: at,
        resendAt: at,
        consumedAt: Option.none()
      },
      Code.make("123456"),
      { at, ...asked }
    )
  return { calls, send, services }
}

describe("a code for a new password", () => {
  it.effect.each(["email", "sms"] as const)(
    "by %s takes the same work without a recipient",
    (channel) =>
      Effect.gen(function* () {
        const [known, unknown] = [workOf(channel, true), workOf(channel, false)]
        for (const { send, services } of [known, unknown])
          yield* Effect.andThen(
            send("0".repeat(32)),
            send("1".repeat(32), { replaces: true })
          ).pipe(Effect.provide(services))
        assert.isNotEmpty(known.calls)
        assert.deepStrictEqual(
          unknown.calls,
          known.calls.map((call) => call.replace("send", "rehearse"))
        )
      })
  )

  it.effect.each(["email", "sms"] as const)(
    "by %s has the time of its request, also when it is sent late",
    (channel) =>
      Effect.gen(function* () {
        const { calls, send, services } = workOf(channel, true)
        yield* TestClock.setTime(new Date("2026-11-29T12:09:00Z").getTime())
        yield* send("0".repeat(32)).pipe(Effect.provide(services))
        assert.match(calls.join(), /asked for on 29 November 2026 at 12:04 UTC/iu)
      })
  )

  it.effect("counts toward no shared limit without a recipient", () =>
    Effect.gen(function* () {
      const { calls, send, services } = workOf("sms", false)
      yield* Effect.forEach(Array.from({ length: 30 }).keys(), (n) =>
        send(`${n}-`.padEnd(32, "0"))
      ).pipe(Effect.provide(services))
      assert.lengthOf(
        calls.filter((call) => call.startsWith("rehearse")),
        30
      )
    })
  )
})
