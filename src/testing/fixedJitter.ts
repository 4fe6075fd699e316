// Chance that always falls in the middle: jittered delays are then exactly what they vary around.
import { Layer, Random } from "effect"

export const fixedJitter = Layer.succeed(Random.Random, {
  nextDoubleUnsafe: () => 0.5,
  nextIntUnsafe: () => 0
})
