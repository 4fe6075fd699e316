// Domain errors of the product use cases.
import { Data } from "effect"

export class ProductNotFound extends Data.TaggedError("ProductNotFound")<{
  readonly sku: string
}> {}

export class InsufficientStock extends Data.TaggedError("InsufficientStock")<{
  readonly sku: string
  readonly available: number
  readonly delta: number
}> {}
