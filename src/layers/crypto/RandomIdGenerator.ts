// IdGenerator on WebCrypto. Ids of different milliseconds sort by time; within one millisecond their
// order is random, but fixed: a list sorted by id never changes.
import { encodeHexLowerCase } from "@oslojs/encoding"
import { Clock, Effect, Layer } from "effect"
import { IdGenerator } from "../../services/runtime/IdGenerator.ts"

const timeDigits = 12
const randomBytes = 10

export const layer: Layer.Layer<IdGenerator> = Layer.succeed(IdGenerator, {
  next: Effect.map(
    Clock.currentTimeMillis,
    (millis) =>
      millis.toString(16).padStart(timeDigits, "0") +
      encodeHexLowerCase(crypto.getRandomValues(new Uint8Array(randomBytes)))
  )
})
