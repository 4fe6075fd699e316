// What the command lines of the measurements have in common.

/** Throws with a sentence for whoever typed it. */
export function minutesOf(text: string): number {
  const minutes = Number(text)
  if (!(minutes > 0)) throw new Error("--minutes takes a number above 0")
  return minutes
}

/** The seed that was asked for, or a new one. */
export const seedOf = (asked: string | undefined): string =>
  asked ?? crypto.randomUUID().slice(0, 8)
