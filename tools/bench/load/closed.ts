// Closed load by autocannon. Times are taken from its events: its own histogram knows whole milliseconds.
import autocannon from "autocannon"
import { makeLatencies } from "./latencies.ts"
import type { ClosedPlan, LoadResult, Shot } from "./plan.ts"

const answerWithinSeconds = 20
/** How often autocannon looks whether its time is over, in milliseconds. */
const lookEveryMs = 50

/** The part of the shots that one connection sends, again and again: every so-many-th. */
export function shareOf(
  shots: ReadonlyArray<Shot>,
  { index, of }: { readonly index: number; readonly of: number }
): ReadonlyArray<Shot> {
  const first = index % Math.min(of, shots.length)
  return shots.filter((_, i) => i % of === first)
}

const count = (counts: Record<string, number>, name: string): void => {
  counts[name] = (counts[name] ?? 0) + 1
}

const requestOf = (method: ClosedPlan["method"], { path, token, body }: Shot) => ({
  ...{ method, path },
  ...(body !== undefined && { body }),
  headers: {
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
    ...(body !== undefined && { "content-type": "application/json" })
  }
})

export async function runClosed(plan: ClosedPlan): Promise<ReadonlyArray<LoadResult>> {
  const { urls, connections, once, shots } = plan
  const lanes = urls.length * connections
  if (once && shots.length < lanes) throw new Error(`${shots.length} shots for ${lanes} lanes`)
  return Promise.all(urls.map((url, i) => cannonade(plan, url, i * connections, lanes)))
}

async function cannonade(
  { method, shots, once, connections, seconds, amount }: ClosedPlan,
  url: string,
  firstLane: number,
  lanes: number
): Promise<LoadResult> {
  const latencies = makeLatencies()
  const failed: Record<string, number> = {}
  let ok = 0
  let repeated = false
  let lane = firstLane
  let began = performance.now()
  let last = began

  const setupClient = (client: autocannon.Client): void => {
    const own = shareOf(shots, { index: lane++, of: lanes })
    client.setRequests(own.map((shot) => requestOf(method, shot)))
    let answered = 0
    client.on("response", (status, _bytes, ms) => {
      last = performance.now()
      answered += 1
      if (status < 200 || status >= 300) count(failed, String(status))
      else {
        ok += 1
        // The first one's time began before its connection, while other clients were still made.
        if (answered > 1) latencies.add(ms)
      }
      // The next one would be this connection's first one again.
      if (once && answered === own.length) repeated = true
    })
  }

  await new Promise<void>((resolve, reject) => {
    const running = autocannon(
      {
        ...{ url, connections, setupClient },
        timeout: answerWithinSeconds,
        sampleInt: lookEveryMs,
        ...(amount === undefined ? { duration: seconds } : { amount })
      },
      (error: unknown) => (error ? reject(error) : resolve())
    )
    running.on("start", () => {
      began = performance.now()
    })
    running.on("reqError", (error: Error) => count(failed, error.message))
  })
  if (repeated)
    throw new Error(`${shots.length} requests were too few: one would have been sent twice`)
  const lasted = (last - began) / 1000
  return {
    ok,
    failed,
    // The rest of the time counts against a contestant that stops answering.
    seconds: amount === undefined ? Math.max(seconds, lasted) : lasted,
    latency: latencies.summary(),
    made: []
  }
}
