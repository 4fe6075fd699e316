// A client of an order's event stream, as one that a browser would have: it reads block by block.
import { fieldOf } from "../../tools/harness/events.ts"
import type { Target } from "./target.ts"

export interface OrderEvent {
  readonly id: string
  // biome-ignore lint/suspicious/noExplicitAny: assertions look into data of any shape.
  readonly data: any
}

type Headers = Readonly<Record<string, string>>

export const follow = (
  target: Pick<Target, "fetch" | "origin">,
  orderId: string,
  { token, headers = {} }: { readonly token: string; readonly headers?: Headers }
) =>
  followPath(target, `/api/orders/${orderId}/events`, {
    authorization: `Bearer ${token}`,
    ...headers
  })

/** As the console's page does, with the cookies of a visitor. */
export const followAtConsole = (
  target: Pick<Target, "fetch" | "origin">,
  orderId: string,
  { cookie, headers = {} }: { readonly cookie: string; readonly headers?: Headers }
) => followPath(target, `/console/orders/${orderId}/events`, { cookie, ...headers })

const followPath = async (
  { fetch, origin }: Pick<Target, "fetch" | "origin">,
  path: string,
  headers: Headers
) => {
  const response = await fetch(new Request(`${origin}${path}`, { headers }))
  const { status } = response
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  const blocks: Array<string> = []
  const waiting: Array<() => void> = []
  let text = ""
  let isOver = reader === undefined
  // It reads all the time, as a browser does.
  const reading = (async () => {
    for (;;) {
      const { done, value } = (await reader?.read()) ?? { done: true, value: undefined }
      if (done) break
      text += value
      const whole = text.split("\n\n")
      text = whole.pop() ?? ""
      blocks.push(...whole.filter((block) => !block.startsWith("retry:")))
      for (const wake of waiting.splice(0)) wake()
    }
  })()
    // A connection that breaks off ends it too.
    .catch(() => undefined)
    .finally(() => {
      isOver = true
      for (const wake of waiting.splice(0)) wake()
    })

  /** The next event or comment; undefined at the end of the stream. */
  const block = async (): Promise<string | undefined> => {
    while (blocks.length === 0 && !isOver)
      await new Promise<void>((resolve) => waiting.push(resolve))
    return blocks.shift()
  }

  return {
    status,
    headers: response.headers,
    block,
    /** The next event, past comments; undefined at the end. */
    event: async (): Promise<OrderEvent | undefined> => {
      for (;;) {
        const next = await block()
        if (next === undefined) return undefined
        const [id, data] = [fieldOf(next, "id"), fieldOf(next, "data")]
        if (id !== undefined && data !== undefined) return { id, data: JSON.parse(data) }
      }
    },
    hasMore: () => blocks.length > 0,
    isOver: () => isOver,
    /** Forgets what came. */
    drain: async () => {
      blocks.length = 0
    },
    /** Resolves when the server has ended it. */
    end: () => reading,
    leave: async () => reader?.cancel()
  }
}
