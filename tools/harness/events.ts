// Server-sent events in text (HTML, section 9.2.6), as this API writes them: one line a field.

/** The field of a block, which ends with an empty line. */
export const fieldOf = (block: string, name: string): string | undefined =>
  new RegExp(`^${name}: (.*)$`, "mu").exec(block)?.[1]

/** The whole events of a stream. A block without data is none, and neither is a last one that was cut off. */
export const eventsIn = (stream: string) =>
  stream
    .split("\n\n")
    .slice(0, -1)
    .map((block) => ({ id: fieldOf(block, "id"), data: fieldOf(block, "data") }))
    .filter(({ data }) => data !== undefined)
