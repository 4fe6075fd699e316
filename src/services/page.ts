// Keyset pagination: one item more than the page is read, which shows whether another page follows.
import { Option } from "effect"

export interface Page<A> {
  readonly items: ReadonlyArray<A>
  /** The key of the last item if more follow. */
  readonly next: Option.Option<string>
}

/** Makes a page from items that were read with `limit + 1`. */
export const toPage = <A>(
  read: ReadonlyArray<A>,
  limit: number,
  key: (item: A) => string
): Page<A> => {
  const items = read.slice(0, limit)
  const last = items.at(-1)
  return {
    items,
    next: read.length > limit && last !== undefined ? Option.some(key(last)) : Option.none()
  }
}
