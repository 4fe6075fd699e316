// A bounded map: beyond its capacity it removes the least recently used entry.

export interface LeastRecentlyUsed<K, V> {
  readonly get: (key: K) => V | undefined
  readonly set: (key: K, value: V) => void
  readonly delete: (key: K) => void
}

export const leastRecentlyUsed = <K, V>(capacity: number): LeastRecentlyUsed<K, V> => {
  /** In order of use: a Map keeps the order of insertion. */
  const entries = new Map<K, V>()
  const put = (key: K, value: V) => {
    entries.delete(key)
    entries.set(key, value)
  }
  return {
    get: (key) => {
      const value = entries.get(key)
      if (value !== undefined) put(key, value)
      return value
    },
    set: (key, value) => {
      put(key, value)
      for (const oldest of entries.keys()) {
        if (entries.size <= capacity) break
        entries.delete(oldest)
      }
    },
    delete: (key) => {
      entries.delete(key)
    }
  }
}
