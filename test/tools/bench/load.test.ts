// The processes that make load, against a server that counts.
import { once } from "node:events"
import { createServer, type RequestListener } from "node:http"
import { describe, expect, it } from "vitest"
import { shareOf } from "../../../tools/bench/load/closed.ts"
import { startLoad } from "../../../tools/bench/load/load.ts"
import type { ClosedPlan, Plan } from "../../../tools/bench/load/plan.ts"

async function withServer<A>(listener: RequestListener, act: (url: string) => Promise<A>) {
  const server = createServer(listener).listen(0, "127.0.0.1")
  await once(server, "listening")
  const address = server.address()
  if (address === null || typeof address === "string") throw new Error("no port")
  try {
    return await act(`http://127.0.0.1:${address.port}`)
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

const load = (plan: Plan) => startLoad(plan).results

const reads = (count: number) =>
  Array.from({ length: count }, (_, i) => ({ path: `/${i}`, token: "t" }))

const closed = (url: string, rest: Partial<ClosedPlan>): ClosedPlan => ({
  ...{ kind: "closed", method: "GET", urls: [url], connections: 4, seconds: 0.5, once: false },
  shots: reads(8),
  ...rest
})

describe("shares of connections", () => {
  it("are disjoint, and together everything", () => {
    const shares = [0, 1, 2].map((index) => shareOf(reads(8), { index, of: 3 }))
    expect(
      shares
        .flat()
        .map(({ path }) => path)
        .toSorted()
    ).toEqual(reads(8).map(({ path }) => path))
  })

  it("are never empty", () => {
    expect(shareOf(reads(2), { index: 3, of: 4 })).toEqual([{ path: "/1", token: "t" }])
  })
})

describe("a closed load", () => {
  it("sends so many requests, with their tokens, and times the answers", async () => {
    const seen = new Set<string>()
    const [result] = await withServer(
      (request, response) => {
        seen.add(`${request.url} ${request.headers.authorization}`)
        response.end()
      },
      (url) => load(closed(url, { amount: 40 }))
    )
    expect(result).toMatchObject({ ok: 40, failed: {} })
    expect(result?.latency.p99).toBeGreaterThan(0)
    expect(Array.from(seen).toSorted()).toEqual(reads(8).map(({ path }) => `${path} Bearer t`))
  })

  it("counts failures by status, and times only successes", async () => {
    const [result] = await withServer(
      (request, response) => {
        response.writeHead(request.url === "/0" ? 503 : 200).end()
      },
      (url) => load(closed(url, { amount: 80 }))
    )
    expect(result).toMatchObject({ ok: 70, failed: { "503": 10 } })
  })

  it("fails when a request that may be sent only once would be sent twice", async () => {
    await withServer(
      (_request, response) => {
        response.end()
      },
      (url) => expect(load(closed(url, { once: true }))).rejects.toThrow("8 requests were too few")
    )
  })

  it("reports each program separately", async () => {
    const slow: RequestListener = (_request, response) => void setTimeout(() => response.end(), 50)
    const fast: RequestListener = (_request, response) => void response.end()
    const [first, second] = await withServer(slow, (slowUrl) =>
      withServer(fast, (fastUrl) => load(closed("", { urls: [slowUrl, fastUrl] })))
    )
    expect(first?.latency.p50).toBeGreaterThan(45)
    expect(second?.ok).toBeGreaterThan(first?.ok ?? Number.POSITIVE_INFINITY)
  })
})

describe("an open load", () => {
  it("sends at its rate, and times from when a request was due", async () => {
    let answered = 0
    const [result] = await withServer(
      (_request, response) => {
        answered += 1
        response.end(JSON.stringify({ id: `order-${answered}` }))
      },
      (url) =>
        load({
          ...{ kind: "open", method: "POST", url, perSecond: 100, seconds: 0.5, ids: true },
          shots: [{ path: "/", body: "{}" }]
        })
    )
    expect(result).toMatchObject({ ok: 50, failed: {} })
    const due = result?.made.map(({ at }) => at).toSorted((a, b) => a - b) ?? []
    expect(due).toHaveLength(50)
    expect((due.at(-1) ?? 0) - (due[0] ?? 0)).toBeCloseTo(490, 3)
    expect(new Set(result?.made.map(({ id }) => id)).size).toBe(50)
  })

  it("sends the next request without waiting for a response", async () => {
    const held: Array<() => void> = []
    const [result] = await withServer(
      (_request, response) => {
        held.push(() => response.end("{}"))
        if (held.length === 20) for (const answer of held) answer()
      },
      (url) =>
        load({
          ...{ kind: "open", method: "GET", url, perSecond: 100, seconds: 0.2, ids: false },
          shots: [{ path: "/" }]
        })
    )
    expect(result).toMatchObject({ ok: 20, failed: {} })
  })
})

it("reports the last output of a load process that dies", async () => {
  const nowhere = closed("http://127.0.0.1:1", { shots: [] })
  await expect(load(nowhere)).rejects.toThrow(/the load's process ended with 1:[\s\S]*Error/u)
})
