// PasswordHasher on Argon2id as native code, in threads that nothing else uses and that give way to
// everything else: during a storm of logins, tokens are verified and other requests answered as before.
import { availableParallelism } from "node:os"
import { extname } from "node:path"
import type { Algorithm, Options } from "@node-rs/argon2"
import { Effect, Layer, Option, Redacted } from "effect"
import { Tinypool } from "tinypool"
import { PasswordHash } from "../../services/accounts/model/Account.ts"
import { PasswordHasher } from "../../services/accounts/ports/PasswordHasher.ts"
import { passwordHashesRunning, passwordHashesWaiting, readGauge } from "../../services/metrics.ts"
import {
  type Argon2Parameters,
  decoyOf,
  digestBytes,
  isBelow,
  parsePhc,
  recommendedParameters,
  shortfall
} from "./argon2Phc.ts"
import type { hash as hashTask, verify as verifyTask } from "./argon2Worker.ts"
import { makePool } from "./boundedPool.ts"

export interface Argon2idNativeOptions {
  readonly parameters?: Argon2Parameters
  /** Concurrent hashes, each in a thread with memory of its own: by default one less than there are cores. */
  readonly concurrency?: number
  /** How many may wait: 64 by default, so that the last is served well within a request's deadline. */
  readonly waiting?: number
}

/** TypeScript as it is or compiled, like this file. */
const workerFile = new URL(`./argon2Worker${extname(import.meta.url)}`, import.meta.url)

const optionsOf = (parameters: Argon2Parameters): Options => ({
  // The constant of a `const enum`, which isolated modules cannot read.
  algorithm: 2 satisfies Algorithm.Argon2id,
  memoryCost: parameters.memoryKib,
  timeCost: parameters.passes,
  parallelism: parameters.parallelism,
  outputLen: digestBytes
})

const makeThreads = (count: number) =>
  Effect.acquireRelease(
    Effect.sync(() => new Tinypool({ filename: workerFile, minThreads: count, maxThreads: count })),
    (threads) => Effect.promise(() => threads.destroy())
  )

export const layer = (options: Argon2idNativeOptions = {}): Layer.Layer<PasswordHasher> =>
  Layer.effect(
    PasswordHasher,
    Effect.gen(function* () {
      const {
        parameters = recommendedParameters,
        concurrency = Math.max(1, availableParallelism() - 1),
        waiting = 64
      } = options
      const threads = yield* makeThreads(concurrency)
      const pooled = makePool({ resource: "password hashing", concurrency, waiting })
      yield* readGauge(passwordHashesRunning, pooled.running)
      yield* readGauge(passwordHashesWaiting, pooled.waiting)
      const hash = (task: Parameters<typeof hashTask>[0]) =>
        Effect.map(
          Effect.promise((): Promise<string> => threads.run(task, { name: "hash" })),
          PasswordHash.make
        )
      const verify = (task: Parameters<typeof verifyTask>[0]) =>
        Effect.promise((): Promise<boolean> => threads.run(task, { name: "verify" }))

      return PasswordHasher.of({
        hash: (password) =>
          pooled(
            Effect.suspend(() =>
              hash({ password: Redacted.value(password), options: optionsOf(parameters) })
            )
          ),
        verify: (stored, password) =>
          pooled(
            Effect.suspend(() => {
              // The library reads other variants of Argon2 too, which we never wrote.
              const missing = shortfall(parsePhc(stored), parameters)
              const filler = Option.getOrUndefined(Option.map(missing, optionsOf))
              return verify({ hash: stored, password: Redacted.value(password), filler })
            })
          ),
        isOutdated: (stored) => isBelow(parsePhc(stored), parameters),
        decoy: decoyOf(parameters)
      })
    })
  )
