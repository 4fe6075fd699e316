// PasswordHasher on Argon2id as native code. On Node it runs in separate threads of low priority, so that during many
// logins tokens are verified and other requests answered as before.
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
  /**
   * Whether it runs in threads of this layer. By default, but on Deno: there one start in three or so of a thread of
   * tinypool hung on a busy machine. Without them the library computes in its own threads, at the usual priority.
   */
  readonly ownThreads?: boolean
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

/** What the threads compute, without waiting for it. */
interface Hashing {
  readonly hash: (task: Parameters<typeof hashTask>[0]) => Promise<string>
  readonly verify: (task: Parameters<typeof verifyTask>[0]) => Promise<boolean>
}

const makeThreads = (count: number) =>
  Effect.acquireRelease(
    Effect.sync(() => new Tinypool({ filename: workerFile, minThreads: count, maxThreads: count })),
    (threads) => Effect.promise(() => threads.destroy())
  ).pipe(
    Effect.map(
      (threads): Hashing => ({
        hash: (task) => threads.run(task, { name: "hash" }),
        verify: (task) => threads.run(task, { name: "verify" })
      })
    )
  )

/** The same as argon2Worker.ts computes. Loaded where it is used: elsewhere this thread needs no native code. */
const theLibrarys = Effect.promise(() => import("@node-rs/argon2")).pipe(
  Effect.map(
    (argon2): Hashing => ({
      hash: ({ password, options }) => argon2.hash(password, options),
      verify: async ({ hash, password, filler }) => {
        const fits = await argon2.verify(hash, password)
        if (!fits && filler !== undefined) await argon2.hash(password, filler)
        return fits
      }
    })
  )
)

export const layer = (options: Argon2idNativeOptions = {}): Layer.Layer<PasswordHasher> =>
  Layer.effect(
    PasswordHasher,
    Effect.gen(function* () {
      const {
        parameters = recommendedParameters,
        concurrency = Math.max(1, availableParallelism() - 1),
        waiting = 64,
        ownThreads = !("Deno" in globalThis)
      } = options
      const hashing = yield* ownThreads ? makeThreads(concurrency) : theLibrarys
      const pooled = makePool({ resource: "password hashing", concurrency, waiting })
      yield* readGauge(passwordHashesRunning, pooled.running)
      yield* readGauge(passwordHashesWaiting, pooled.waiting)
      const hash = (task: Parameters<typeof hashTask>[0]) =>
        Effect.map(
          Effect.promise(() => hashing.hash(task)),
          PasswordHash.make
        )
      const verify = (task: Parameters<typeof verifyTask>[0]) =>
        Effect.promise(() => hashing.verify(task))

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
