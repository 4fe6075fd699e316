// The header Retry-After (RFC 9110 §10.2.3): seconds, or the date after which to retry.
import { Clock, Effect, Option } from "effect"

/** In whole seconds from now, never negative; none where the header is absent or neither of both. */
export const retryAfterSeconds = (header: string | null): Effect.Effect<Option.Option<number>> => {
  const text = header?.trim() ?? ""
  if (/^\d{1,9}$/u.test(text)) return Effect.succeedSome(Number(text))
  const at = /\bGMT$/u.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(at)) return Effect.succeedNone
  return Effect.map(Clock.currentTimeMillis, (now) =>
    Option.some(Math.max(0, Math.ceil((at - now) / 1000)))
  )
}
