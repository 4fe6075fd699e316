// BreachedPasswords on another layer of the port and, for passwords that it does not contain, on the service Have I
// Been Pwned (about a billion passwords), or a mirror of it. The service learns the first 20 bits of the password's
// SHA-1, which hundreds of breached passwords share (k-anonymity), and answers with the rest of their hashes, padded so
// that the length of the response reveals nothing. If it does not answer within a second, the password is accepted,
// which is logged and counted.
import { Data, Duration, Effect, Layer, Metric, Redacted } from "effect"
import { BreachedPasswords } from "../../services/accounts/ports/BreachedPasswords.ts"
import { breachChecksSkipped } from "../../services/metrics.ts"

export interface HibpBreachedPasswordsOptions {
  /** Where `/range/` is, such as https://api.pwnedpasswords.com */
  readonly url: string
}

/** It did not answer, or not in its form. */
class HibpError extends Data.TaggedError("HibpError")<{ readonly reason: string }> {}

const deadline = Duration.seconds(1)

const prefixDigits = 5

const sha1 = (text: string) =>
  Effect.promise(async () => {
    const digest = await crypto.subtle.digest("SHA-1", new TextEncoder().encode(text))
    return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0"))
      .join("")
      .toUpperCase()
  })

/** Lines of `SUFFIX:COUNT`; those with a count of zero are padding. */
const hasSuffix = (lines: string, suffix: string): boolean =>
  lines.split("\n").some((line) => {
    const [digits, count] = line.trim().split(":")
    return digits === suffix && Number(count) > 0
  })

export const layer = (
  options: HibpBreachedPasswordsOptions
): Layer.Layer<BreachedPasswords, never, BreachedPasswords> => {
  const range = (prefix: string) =>
    Effect.tryPromise({
      try: async (signal) => {
        const response = await fetch(`${options.url.replace(/\/$/u, "")}/range/${prefix}`, {
          headers: { "Add-Padding": "true", "User-Agent": "order-processing" },
          redirect: "manual",
          signal
        })
        return { status: response.status, lines: await response.text() }
      },
      // Not the error's own words: they may quote the address, and with it a part of the hash.
      catch: () => new HibpError({ reason: "no connection" })
    }).pipe(
      Effect.timeoutOrElse({
        duration: deadline,
        orElse: () => new HibpError({ reason: "no answer in time" })
      }),
      Effect.filterOrFail(
        ({ status }) => status === 200,
        ({ status }) => new HibpError({ reason: `HTTP ${status}` })
      )
    )

  const isListed = Effect.fn("HibpBreachedPasswords.isListed")(function* (
    password: Redacted.Redacted
  ) {
    const digest = yield* sha1(Redacted.value(password))
    const { lines } = yield* range(digest.slice(0, prefixDigits))
    return hasSuffix(lines, digest.slice(prefixDigits))
  })

  return Layer.effect(
    BreachedPasswords,
    BreachedPasswords.useSync((known) =>
      BreachedPasswords.of({
        includes: Effect.fnUntraced(function* (password) {
          if (yield* known.includes(password)) return true
          return yield* Effect.catch(isListed(password), ({ reason }) =>
            Effect.logWarning("breached passwords not asked for", { reason }).pipe(
              Effect.andThen(Metric.update(breachChecksSkipped, 1)),
              Effect.as(false)
            )
          )
        })
      })
    )
  )
}
