// Tables of Markdown.

/** A bar within a cell would end it, within code too. */
const cell = (text: string): string => text.replaceAll("|", "\\|")

const line = (cells: ReadonlyArray<string>): string => `| ${cells.map(cell).join(" | ")} |`

export const tableOf = (
  columns: ReadonlyArray<string>,
  rows: ReadonlyArray<ReadonlyArray<string>>
): string => [line(columns), line(columns.map(() => "---")), ...rows.map(line)].join("\n")

export const code = (text: string): string => `\`${text}\``
export const codes = (texts: ReadonlyArray<string>): string => texts.map(code).join(", ")
