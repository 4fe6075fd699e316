// A client of an event stream that costs little itself: it counts what comes, and remembers when.
import { type ClientRequest, request } from "node:http"
import type { Follower } from "./seed.ts"

export interface OpenStream extends Follower {
  readonly heartbeats: () => number
  readonly isOpen: () => boolean
  /** When the first event about a cancelled order came, by `performance.now()`. */
  readonly cancelled: Promise<number>
  readonly close: () => void
}

/** Rejects where the server does not answer 200. */
export function openStream(url: string, follower: Follower): Promise<OpenStream> {
  return new Promise((resolve, reject) => {
    let heartbeats = 0
    let isOpen = true
    const cancelled = Promise.withResolvers<number>()
    const outgoing: ClientRequest = request(
      new URL(`/api/orders/${follower.orderId}/events`, url),
      { agent: false, headers: { authorization: `Bearer ${follower.token}` } },
      (incoming) => {
        if (incoming.statusCode !== 200) {
          reject(new Error(`a stream was answered ${incoming.statusCode}`))
          return
        }
        incoming.setEncoding("utf8")
        incoming.on("data", (text: string) => {
          if (text.includes(": heartbeat")) heartbeats += 1
          if (text.includes('"cancelled"')) cancelled.resolve(performance.now())
        })
        incoming.on("close", () => {
          isOpen = false
        })
        // A connection that breaks off closes it too.
        incoming.on("error", () => undefined)
        resolve({
          ...follower,
          heartbeats: () => heartbeats,
          isOpen: () => isOpen,
          cancelled: cancelled.promise,
          close: () => outgoing.destroy()
        })
      }
    )
    outgoing.on("error", reject)
    outgoing.end()
  })
}
