// What is ordered: a SKU and how many of it.

export interface Line {
  readonly sku: string
  readonly quantity: number
}

/** Several lines of one SKU count together. */
export const merge = (lines: ReadonlyArray<Line>): ReadonlyArray<Line> => {
  const quantities = new Map<string, number>()
  for (const { sku, quantity } of lines) quantities.set(sku, (quantities.get(sku) ?? 0) + quantity)
  return Array.from(quantities, ([sku, quantity]) => ({ sku, quantity }))
}
