// The table at the end of a command.

export type Columns<Row> = ReadonlyArray<readonly [title: string, cell: (row: Row) => string]>

/** In Markdown, so that it can go into a document as it is. The first column is text, the others are figures. */
export function table<Row>(columns: Columns<Row>, rows: ReadonlyArray<Row>): string {
  const cells = [
    columns.map(([title]) => title),
    ...rows.map((row) => columns.map(([, of]) => of(row)))
  ]
  const widths = columns.map((_, i) => Math.max(...cells.map((line) => line[i]?.length ?? 0)))
  const line = (of: ReadonlyArray<string>, i: number): string => {
    const pad = (cell: string, column: number): string =>
      column === 0 || i === 0
        ? cell.padEnd(widths[column] ?? 0)
        : cell.padStart(widths[column] ?? 0)
    return `| ${of.map(pad).join(" | ")} |`
  }
  const rule = `| ${widths.map((width, i) => (i === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`)).join(" | ")} |`
  const [head, ...body] = cells.map(line)
  return [head, rule, ...body].join("\n")
}
