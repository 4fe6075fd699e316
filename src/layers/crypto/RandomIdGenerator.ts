// IdGenerator on WebCrypto. The ids of one process sort in order of creation. Ids that several processes create within
// one millisecond have an arbitrary but fixed order.
import { encodeHexLowerCase } from "@oslojs/encoding"
import { Clock, Effect, Layer } from "effect"
import { IdGenerator } from "../../services/runtime/IdGenerator.ts"

const timeDigits = 12
const countDigits = 4
/** More than a process makes in a millisecond; beyond it ids stay unique and lose their order. */
const maxCount = 16 ** countDigits - 1
const randomBytes = 8
const unguessableBytes = 16
/** Random bytes that are asked for at a time: the system takes as long for a few. */
const pooledBytes = 1024

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, "0")

/** Each byte is used once. */
const makeRandom = (): ((bytes: number) => string) => {
  const pool = new Uint8Array(pooledBytes)
  let used = pooledBytes
  return (bytes) => {
    if (used + bytes > pooledBytes) {
      crypto.getRandomValues(pool)
      used = 0
    }
    used += bytes
    return encodeHexLowerCase(pool.subarray(used - bytes, used))
  }
}

export const layer: Layer.Layer<IdGenerator> = Layer.sync(IdGenerator, () => {
  let last = -1
  let count = 0
  const random = makeRandom()
  return IdGenerator.of({
    next: Effect.map(Clock.currentTimeMillis, (millis) => {
      count = millis === last ? Math.min(count + 1, maxCount) : 0
      last = millis
      return hex(millis, timeDigits) + hex(count, countDigits) + random(randomBytes)
    }),
    unguessable: Effect.sync(() => random(unguessableBytes))
  })
})
