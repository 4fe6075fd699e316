// Rows of cells as lines, each column as wide as its widest cell, and the line below a list.

export const alignColumns = (rows: ReadonlyArray<ReadonlyArray<string>>): ReadonlyArray<string> => {
  const widths = rows.reduce<ReadonlyArray<number>>(
    (widest, row) => row.map((cell, i) => Math.max(cell.length, widest[i] ?? 0)),
    []
  )
  return rows.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join("  ")
      .trimEnd()
  )
}

/** How many there are, and how to see those that follow. */
export const moreLine = (count: string, nextCursor: string | null): string =>
  nextCursor === null ? count : `${count}; more follow: --cursor ${nextCursor}`
