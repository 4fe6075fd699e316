// The stock audit: the sums that must agree for every SKU at every moment.

/** The stock audit of one SKU; its sums must agree, see `isBalanced`. */
export interface StockAuditLine {
  readonly sku: string
  readonly available: number
  /** Sum of the stock movements. */
  readonly moved: number
  /** Pieces in orders that hold stock (see `reservingStatuses`). */
  readonly reserved: number
}

type PerSku = ReadonlyMap<string, number>

/** One line per SKU, ascending, also for a SKU that only orders or movements name, which is a discrepancy. */
export const auditLines = (books: {
  readonly available: PerSku
  readonly moved: PerSku
  readonly reserved: PerSku
}): ReadonlyArray<StockAuditLine> => {
  const { available, moved, reserved } = books
  return Array.from(new Set([...available.keys(), ...moved.keys(), ...reserved.keys()]))
    .sort((a, b) => (a < b ? -1 : 1))
    .map((sku) => ({
      sku,
      available: available.get(sku) ?? 0,
      moved: moved.get(sku) ?? 0,
      reserved: reserved.get(sku) ?? 0
    }))
}

/** Whether nothing was oversold or lost. */
export const isBalanced = ({ available, moved, reserved }: StockAuditLine): boolean =>
  available >= 0 && available === moved - reserved
