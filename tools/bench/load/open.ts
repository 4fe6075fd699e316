// Open load: a request is due every 1 / rate, and its time runs from then on, sent or not. A program that
// falls behind is seen to (no coordinated omission). harness/load.ts counts time from the sending.
import { Agent, type IncomingMessage, request } from "node:http"
import { text } from "node:stream/consumers"
import { monotonicMs } from "../ses/protocol.ts"
import { makeLatencies } from "./latencies.ts"
import type { LoadResult, OpenPlan, Shot } from "./plan.ts"

const answerWithinMs = 20_000
/** More would only queue in the kernel. */
const maxConnections = 256

const idOf = (body: string): string => {
  const { id }: { readonly id?: unknown } = JSON.parse(body)
  if (typeof id !== "string") throw new Error(`an answer without id: ${body.slice(0, 200)}`)
  return id
}

export async function runOpen(plan: OpenPlan): Promise<LoadResult> {
  const { method, shots, url, perSecond, seconds, ids } = plan
  const agent = new Agent({ keepAlive: true, maxSockets: maxConnections })
  const latencies = makeLatencies()
  const failed: Record<string, number> = {}
  const made: Array<{ id: string; at: number }> = []

  const fail = (name: string): void => {
    failed[name] = (failed[name] ?? 0) + 1
  }

  const send = ({ path, token, body }: Shot): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const outgoing = request(new URL(path, url), {
        agent,
        method,
        signal: AbortSignal.timeout(answerWithinMs),
        headers: {
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
          ...(body !== undefined && {
            "content-type": "application/json",
            "content-length": Buffer.byteLength(body)
          })
        }
      })
      outgoing.on("error", reject)
      outgoing.on("response", resolve)
      outgoing.end(body)
    })

  const shoot = async (shot: Shot, due: number): Promise<void> => {
    try {
      const answer = await send(shot)
      const body = await text(answer)
      const status = answer.statusCode ?? 0
      if (status < 200 || status >= 300) return fail(String(status))
      latencies.add(monotonicMs() - due)
      if (ids) made.push({ id: idOf(body), at: due })
    } catch (error) {
      fail(error instanceof Error ? error.message : String(error))
    }
  }

  const began = monotonicMs()
  const total = Math.round(perSecond * seconds)
  const shooting: Array<Promise<void>> = []
  const dueOf = (i: number): number => began + (1000 * i) / perSecond
  while (shooting.length < total) {
    while (shooting.length < total && dueOf(shooting.length) <= monotonicMs()) {
      const i = shooting.length
      const shot = shots[i % shots.length]
      if (shot === undefined) throw new Error("a load without requests")
      shooting.push(shoot(shot, dueOf(i)))
    }
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  await Promise.all(shooting)
  const result = {
    ok: latencies.count(),
    failed,
    seconds: (monotonicMs() - began) / 1000,
    latency: latencies.summary(),
    made
  }
  agent.destroy()
  return result
}
