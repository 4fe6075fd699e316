// PasswordHasher on Argon2id in JavaScript, about twenty times slower, for runtimes without native
// addons. On workerd no request may wait for another's work, so a hash beyond the bound is refused.
import { argon2idAsync } from "@noble/hashes/argon2.js"
import { constantTimeEqual } from "@oslojs/crypto/subtle"
import { Effect, Layer, Option, Redacted } from "effect"
import { PasswordHasher } from "../../services/accounts/ports/PasswordHasher.ts"
import {
  type Argon2Parameters,
  decoyOf,
  digestBytes,
  formatPhc,
  isBelow,
  parsePhc,
  recommendedParameters,
  saltBytes,
  shortfall
} from "./argon2Phc.ts"
import { makePool, type Run } from "./boundedPool.ts"

export interface Argon2idPortableOptions {
  readonly parameters?: Argon2Parameters
  /** Hashes in progress, by turns in one thread: 4 by default, each with memory of its own. */
  readonly concurrency?: number
}

const derive = (
  password: Redacted.Redacted,
  salt: Uint8Array,
  to: Argon2Parameters,
  bytes: number
) =>
  Effect.promise(() =>
    argon2idAsync(Redacted.value(password), salt, {
      m: to.memoryKib,
      t: to.passes,
      p: to.parallelism,
      dkLen: bytes
    })
  )

export const layer = (options: Argon2idPortableOptions = {}): Layer.Layer<PasswordHasher> =>
  Layer.effect(
    PasswordHasher,
    Effect.sync(() => {
      const { parameters = recommendedParameters, concurrency = 4 } = options
      const bounded = makePool({ resource: "password hashing", concurrency, waiting: 0 })
      // Where time stands still while a request computes (workerd), a hash never gives way. Without
      // this turn the requests that arrived meanwhile would be served one by one and never be refused.
      const pooled: Run = (work) => bounded(Effect.andThen(Effect.yieldNow, work))
      return PasswordHasher.of({
        hash: (password) =>
          pooled(
            Effect.suspend(() => {
              const salt = crypto.getRandomValues(new Uint8Array(saltBytes))
              return Effect.map(derive(password, salt, parameters, digestBytes), (digest) =>
                formatPhc({ ...parameters, salt, digest })
              )
            })
          ),
        verify: (hash, password) =>
          pooled(
            Effect.suspend(() => {
              const stored = parsePhc(hash)
              const missing = shortfall(stored, parameters)
              return derive(password, stored.salt, stored, stored.digest.length).pipe(
                Effect.map((digest) => constantTimeEqual(digest, stored.digest)),
                Effect.tap((fits) =>
                  fits || Option.isNone(missing)
                    ? Effect.void
                    : derive(password, stored.salt, missing.value, digestBytes)
                )
              )
            })
          ),
        isOutdated: (hash) => isBelow(parsePhc(hash), parameters),
        decoy: decoyOf(parameters)
      })
    })
  )
