// Have I Been Pwned as a second list: what it is told, what its answers mean, and that nothing depends on it.
import { createHash } from "node:crypto"
import type { IncomingMessage, RequestListener } from "node:http"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Metric, Redacted } from "effect"
import * as HibpBreachedPasswords from "../../../src/layers/hibp/HibpBreachedPasswords.ts"
import { BreachedPasswords } from "../../../src/services/accounts/ports/BreachedPasswords.ts"
import { breachChecksSkipped } from "../../../src/services/metrics.ts"
import { misbehaving, nobodyListens } from "../../misbehaving.ts"
import { spoken } from "../../spoken.ts"

const sha1 = (text: string): string => createHash("sha1").update(text).digest("hex").toUpperCase()

/** What is on the machine: it knows one password. */
const local = Layer.succeed(BreachedPasswords, {
  includes: (password) => Effect.succeed(Redacted.value(password) === "known at home")
})

const includes = (url: string, password: string) =>
  BreachedPasswords.use((breached) => breached.includes(Redacted.make(password))).pipe(
    Effect.provide(Layer.provide(HibpBreachedPasswords.layer({ url }), local))
  )

const skipped = Effect.map(Metric.value(breachChecksSkipped), ({ count }) => Number(count))

describe("Have I Been Pwned", () => {
  /** Answers as the service does: suffixes of the prefix, with counts, and padding. */
  const listing =
    (passwords: ReadonlyArray<string>, seen: Array<IncomingMessage>): RequestListener =>
    (request, response) => {
      seen.push(request)
      const prefix = request.url?.split("/").at(-1) ?? ""
      const suffixes = passwords.map(sha1).filter((digest) => digest.startsWith(prefix))
      response.end(
        [
          ...suffixes.map((digest) => `${digest.slice(5)}:37`),
          `${sha1("padding").slice(5)}:0`,
          `${sha1("another one").slice(5)}:2`
        ].join("\r\n")
      )
    }

  it.live("gets only five digits of a hash, and is asked for padding", () =>
    Effect.gen(function* () {
      const seen: Array<IncomingMessage> = []
      const url = yield* misbehaving(listing(["Zwölf Boxkämpfer"], seen))
      assert.isTrue(yield* includes(`${url}/`, "Zwölf Boxkämpfer"))
      assert.isFalse(yield* includes(url, "zwölf Boxkämpfer"))
      assert.deepStrictEqual(
        seen.map((request) => [request.method, request.url, request.headers["add-padding"]]),
        ["Zwölf Boxkämpfer", "zwölf Boxkämpfer"].map((password) => [
          "GET",
          `/range/${sha1(password).slice(0, 5)}`,
          "true"
        ])
      )
    })
  )

  it.live("has its padding ignored", () =>
    Effect.gen(function* () {
      const url = yield* misbehaving(listing([], []))
      assert.isFalse(yield* includes(url, "padding"))
      assert.isTrue(yield* includes(url, "another one"))
    })
  )

  it.live("is not asked for passwords in the local list", () =>
    Effect.gen(function* () {
      const seen: Array<IncomingMessage> = []
      const url = yield* misbehaving(listing([], seen))
      assert.isTrue(yield* includes(url, "known at home"))
      assert.lengthOf(seen, 0)
    })
  )
})

describe("a password passes while Have I Been Pwned is unavailable, which is logged and counted", () => {
  const away: Readonly<Record<string, RequestListener>> = {
    "it says 503": (_, response) => void response.writeHead(503).end("busy"),
    "it sends elsewhere": (_, response) =>
      void response.writeHead(302, { location: "http://127.0.0.1:9/" }).end(),
    "it hangs up": (request) => void request.socket.destroy(),
    "it says nothing": () => undefined,
    "it never ends": (_, response) => void response.writeHead(200).write("AB:1\r\n")
  }
  const passes = (url: string) =>
    Effect.gen(function* () {
      const before = yield* skipped
      const started = performance.now()
      let known: boolean | undefined
      const words = yield* spoken(
        Effect.map(includes(url, "a secret of mine"), (answer) => {
          known = answer
        })
      )
      assert.strictEqual(known, false)
      assert.isBelow(performance.now() - started, 3000)
      assert.strictEqual(yield* skipped, before + 1)
      assert.include(words, "breached passwords not asked for")
      assert.notInclude(words, "a secret of mine")
      assert.notInclude(words, sha1("a secret of mine").slice(0, 5))
    })
  for (const [what, listener] of Object.entries(away))
    it.live(what, () => Effect.flatMap(misbehaving(listener), passes))

  it.live("nothing listens", () => Effect.flatMap(nobodyListens, passes))
})
