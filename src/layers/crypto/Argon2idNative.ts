// PasswordHasher on Argon2id as native code, in threads that it shares with the rest of the process:
// never in all of them, so that WebCrypto, DNS and files keep theirs during a storm of logins.
import { type Algorithm, hash as argon2Hash, verify as argon2Verify } from "@node-rs/argon2"
import { Effect, Layer, Redacted } from "effect"
import { PasswordHasher } from "../../services/accounts/PasswordHasher.ts"
import {
  type Argon2Parameters,
  decoyOf,
  digestBytes,
  minimumParameters,
  parsePhc
} from "./argon2Phc.ts"
import { makePool } from "./boundedPool.ts"

export interface Argon2idNativeOptions {
  readonly parameters?: Argon2Parameters
  /** Hashes at once: by default half of libuv's four threads. */
  readonly concurrency?: number
  /** How many may wait: 64 by default, so that the last is served well within a request's deadline. */
  readonly waiting?: number
}

export const layer = (options: Argon2idNativeOptions = {}): Layer.Layer<PasswordHasher> =>
  Layer.effect(
    PasswordHasher,
    Effect.sync(() => {
      const { parameters = minimumParameters, concurrency = 2, waiting = 64 } = options
      const pooled = makePool({ resource: "password hashing", concurrency, waiting })
      const native = {
        // The constant of a `const enum`, which isolated modules cannot read.
        algorithm: 2 satisfies Algorithm.Argon2id,
        memoryCost: parameters.memoryKib,
        timeCost: parameters.passes,
        parallelism: parameters.parallelism,
        outputLen: digestBytes
      }
      return PasswordHasher.of({
        hash: (password) =>
          pooled(Effect.promise(() => argon2Hash(Redacted.value(password), native))),
        verify: (hash, password) =>
          pooled(
            Effect.promise(async () => {
              // The library reads other variants of Argon2 too, which we never wrote.
              parsePhc(hash)
              return argon2Verify(hash, Redacted.value(password))
            })
          ),
        decoy: decoyOf(parameters)
      })
    })
  )
