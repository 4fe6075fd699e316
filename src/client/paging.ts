// Lists that come in pages, as async iterators: `for await (const order of items(client.listOrders, {}))`. A page is
// requested when the previous one is used up, so a loop that ends early requests no more.
import type { CallOptions } from "./send.ts"

interface Page {
  readonly items: ReadonlyArray<unknown>
  readonly nextCursor: string | null
}

/** A method of the client that answers a page. */
type List = (input: never, options?: CallOptions) => Promise<Page>
type InputOf<L extends List> = NonNullable<Parameters<L>[0]>
type PageOf<L extends List> = Awaited<ReturnType<L>>

/** The pages of a list, from `input.cursor` on. */
export async function* pages<L extends List>(
  list: L,
  input: InputOf<L>,
  options?: CallOptions
): AsyncGenerator<PageOf<L>, void, undefined> {
  // What the list takes and answers is in its type, which the compiler can't follow into a call.
  const ask = list as unknown as (input: object, options?: CallOptions) => Promise<PageOf<L>>
  let page = await ask(input, options)
  yield page
  while (page.nextCursor !== null) {
    page = await ask({ ...(input as object), cursor: page.nextCursor }, options)
    yield page
  }
}

/** The items of all pages of a list, from `input.cursor` on. */
export async function* items<L extends List>(
  list: L,
  input: InputOf<L>,
  options?: CallOptions
): AsyncGenerator<PageOf<L>["items"][number], void, undefined> {
  for await (const page of pages(list, input, options)) yield* page.items
}
