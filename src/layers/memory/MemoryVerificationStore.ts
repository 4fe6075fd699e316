// Verifications in this process's memory. Each operation is synchronous, hence atomic; expired ones are removed as new
// ones are added.
import { Clock, Effect, Layer, Option } from "effect"
import {
  isExpired,
  isOpen,
  maxAttempts,
  type Verification
} from "../../services/accounts/model/Verification.ts"
import {
  type AttemptOutcome,
  type Renewal,
  type RenewalOutcome,
  VerificationStore
} from "../../services/accounts/ports/VerificationStore.ts"
import type { VerificationId } from "../../services/ids.ts"
import { makeSweep } from "./sweep.ts"

const make = (): VerificationStore["Service"] => {
  const byId = new Map<VerificationId, Verification>()
  const sweep = makeSweep(byId, ({ expiresAt }, nowMillis) => expiresAt.getTime() <= nowMillis)

  const open = (id: VerificationId, at: Date) => {
    const found = byId.get(id)
    return found !== undefined && isOpen(found, at) ? found : undefined
  }

  const attempt = (id: VerificationId, at: Date): AttemptOutcome => {
    const found = byId.get(id)
    if (found === undefined || isExpired(found, at)) return { _tag: "Gone" }
    if (found.attempts >= maxAttempts) return { _tag: "TooManyAttempts" }
    const verification = { ...found, attempts: found.attempts + 1 }
    byId.set(id, verification)
    return { _tag: "Counted", verification }
  }

  const consume = (id: VerificationId, at: Date): boolean => {
    const found = open(id, at)
    if (found === undefined) return false
    byId.set(id, { ...found, consumedAt: Option.some(at) })
    return true
  }

  const renew = (id: VerificationId, { at, ...changes }: Renewal): RenewalOutcome => {
    const found = open(id, at)
    if (found === undefined) return { _tag: "Gone" }
    if (found.attempts >= maxAttempts) return { _tag: "TooManyAttempts" }
    if (at < found.resendAt) return { _tag: "TooSoon", resendAt: found.resendAt }
    const verification = { ...found, ...changes }
    byId.set(id, verification)
    return { _tag: "Renewed", verification }
  }

  return {
    create: (verification) =>
      Effect.map(Clock.currentTimeMillis, (nowMillis) => {
        sweep(nowMillis)
        byId.set(verification.id, verification)
      }),
    find: (id) => Effect.sync(() => Option.fromUndefinedOr(byId.get(id))),
    attempt: (id, at) => Effect.sync(() => attempt(id, at)),
    consume: (id, at) => Effect.sync(() => consume(id, at)),
    renew: (id, renewal) => Effect.sync(() => renew(id, renewal))
  }
}

export const layer: Layer.Layer<VerificationStore> = Layer.sync(VerificationStore, make)
