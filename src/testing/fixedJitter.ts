// Random numbers that are always the middle: jittered delays then have their mean value.
import { Layer, Random } from "effect"

export const fixedJitter = Layer.succeed(Random.Random, {
  nextDoubleUnsafe: () => 0.5,
  nextIntUnsafe: () => 0
})
