// A list in the order of insertion, from which any entry is removed in constant time. It is for entries that are added
// and removed with every request. A Set is not: V8 moves it to a new table every few dozen changes, and links the old
// table to the new one. Once an old table is in the old generation, all later ones and what they held stay in memory
// until a full collection.

export interface Entry<A> {
  readonly value: A
}

class Link<A> implements Entry<A> {
  readonly value: A
  previous: Link<A> | undefined
  next: Link<A> | undefined
  isListed = true

  constructor(value: A, previous: Link<A> | undefined) {
    this.value = value
    this.previous = previous
  }
}

export class LinkedList<A> implements Iterable<A> {
  #first: Link<A> | undefined
  #last: Link<A> | undefined
  #size = 0

  get size(): number {
    return this.#size
  }

  /** The first entry, which was added before all others. */
  get first(): Entry<A> | undefined {
    return this.#first
  }

  /** Returns what `remove` takes. */
  add(value: A): Entry<A> {
    const link = new Link(value, this.#last)
    if (this.#last === undefined) this.#first = link
    else this.#last.next = link
    this.#last = link
    this.#size += 1
    return link
  }

  /** Does nothing for an entry that was removed before. */
  remove(entry: Entry<A>): void {
    const link = entry as Link<A>
    if (!link.isListed) return
    const { previous, next } = link
    if (previous === undefined) this.#first = next
    else previous.next = next
    if (next === undefined) this.#last = previous
    else next.previous = previous
    link.isListed = false
    // An old entry must not keep its neighbours in memory.
    link.previous = undefined
    link.next = undefined
    this.#size -= 1
  }

  /** The values; the list must not change meanwhile. */
  *[Symbol.iterator](): Generator<A, void> {
    for (let link = this.#first; link !== undefined; link = link.next) yield link.value
  }
}
