// Garbage collection of embedded stores without timers: each call checks the next few entries and removes expired ones,
// so the cost of a call is bounded and every entry is checked in turn.

const entriesPerSweep = 16

/** What to call with every new entry. More entries are looked at than come in, so garbage goes away. */
export const makeSweep = <K, V>(
  entries: Map<K, V>,
  isOver: (value: V, nowMillis: number) => boolean
): ((nowMillis: number) => void) => {
  // An iterator of a Map sees entries that are added and removed meanwhile.
  let position = entries.entries()
  return (nowMillis) => {
    for (let looked = 0; looked < entriesPerSweep; looked++) {
      const next = position.next()
      if (next.done) {
        position = entries.entries()
        return
      }
      const [key, value] = next.value
      if (isOver(value, nowMillis)) entries.delete(key)
    }
  }
}
