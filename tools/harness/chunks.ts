/** Arrays of at most so many, in order, without holding more than one. */
export function* chunks<A>(all: Iterable<A>, size: number): Generator<Array<A>> {
  let chunk: Array<A> = []
  for (const one of all) {
    chunk.push(one)
    if (chunk.length < size) continue
    yield chunk
    chunk = []
  }
  if (chunk.length > 0) yield chunk
}
