// Ids begin with their time (see IdGenerator), so a time range is a range of ids, which an index covers.

const timeDigits = 12
const otherDigits = 20
const maxMillis = 16 ** timeDigits - 1

/** The least id that may have been made at that time. A time that no id can have gives the nearest one. */
export const firstIdAt = (at: Date): string =>
  Math.min(Math.max(at.getTime(), 0), maxMillis).toString(16).padStart(timeDigits, "0") +
  "0".repeat(otherDigits)
