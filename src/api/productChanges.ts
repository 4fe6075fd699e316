// Converts a body that changes a product for the use cases: an absent field stays, and null clears it.
import { Option } from "effect"
import type { ProductChanges } from "../services/products/model/Product.ts"

type Text = string | null | undefined

interface Given {
  readonly name?: string | undefined
  readonly unitPrice?: number | undefined
  readonly currency?: string | undefined
  readonly description?: Text
  readonly picture?: Text
  readonly category?: Text
  readonly active?: boolean | undefined
}

export const changesIn = ({
  name,
  unitPrice,
  currency,
  description,
  picture,
  category,
  active
}: Given): ProductChanges => ({
  ...(name === undefined ? {} : { name }),
  ...(unitPrice === undefined ? {} : { unitPrice }),
  ...(currency === undefined ? {} : { currency }),
  ...(description === undefined ? {} : { description: Option.fromNullOr(description) }),
  ...(picture === undefined ? {} : { picture: Option.fromNullOr(picture) }),
  ...(category === undefined ? {} : { category: Option.fromNullOr(category) }),
  ...(active === undefined ? {} : { active })
})
