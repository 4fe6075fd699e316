// The events of an order: how they are read, and how a stream that ends is resumed.
import { assert, beforeEach, describe, it, vi } from "vitest"
import { blocks } from "../../src/client/events.ts"
import { ConnectionError, isProblem, type OrderEvent } from "../../src/entries/client.ts"
import { fakeApi, problem } from "./fakeApi.ts"

beforeEach(() => {
  vi.useFakeTimers()
  return () => vi.useRealTimers()
})

const encoder = new TextEncoder()

/** A stream of these texts, which then ends, breaks off, or stays open. */
const stream = (texts: ReadonlyArray<string>, end: "ends" | "breaks" | "stays" = "ends") => {
  const left = { cancelled: false }
  const chunks = [...texts]
  const body = new ReadableStream<Uint8Array>({
    pull: (controller) => {
      const next = chunks.shift()
      if (next !== undefined) controller.enqueue(encoder.encode(next))
      else if (end === "ends") controller.close()
      else if (end === "breaks") controller.error(new TypeError("terminated"))
      else return new Promise<void>(() => undefined)
      return undefined
    },
    cancel: () => {
      left.cancelled = true
    }
  })
  return {
    left,
    response: new Response(body, { headers: { "content-type": "text/event-stream" } })
  }
}

const event = (id: number, status: string): string =>
  `id: ${id}\ndata: ${JSON.stringify({ status, at: "2026-01-31T12:00:00.000Z" })}\n\n`
const over = () => new Response(null, { status: 204 })
const preamble = "retry: 3000\n\n"

const collect = async (events: AsyncIterable<OrderEvent>) => {
  const seen: Array<string> = []
  let error: unknown
  let isOver = false
  const reading = (async () => {
    for await (const { id, data } of events) seen.push(`${id} ${data.status}`)
  })()
    .catch((reason: unknown) => {
      error = reason
    })
    .finally(() => {
      isOver = true
    })
  const began = Date.now()
  while (!isOver) await vi.advanceTimersByTimeAsync(50)
  await reading
  return { seen, error, took: Date.now() - began }
}

describe("blocks", () => {
  const read = async (...chunks: ReadonlyArray<Uint8Array>) => {
    const found: Array<unknown> = []
    const all = async function* () {
      yield* chunks
    }
    for await (const block of blocks(all())) found.push(block)
    return found
  }

  it("do not depend on how the bytes are split into chunks", async () => {
    const text =
      "retry: 10\n\n: heartbeat\r\n\r\nid: 7\rdata: ü1\rdata:  2\rdata\r\rid: 8\ndata: cut off"
    const bytes = encoder.encode(text)
    const expected = [{ retry: 10 }, {}, { id: "7", data: "ü1\n 2\n" }]
    assert.deepStrictEqual(await read(bytes), expected)
    assert.deepStrictEqual(
      await read(...Array.from(bytes, (byte) => Uint8Array.of(byte))),
      expected
    )
    for (let at = 1; at < bytes.length; at++)
      assert.deepStrictEqual(await read(bytes.slice(0, at), bytes.slice(at)), expected)
  })
})

describe("the events of an order", () => {
  it("resume after the last event when a stream breaks off, until there are no more", async () => {
    const api = fakeApi([
      stream([preamble, event(0, "pending")], "breaks").response,
      new TypeError("fetch failed"),
      stream([preamble, event(1, "confirmed")]).response,
      over()
    ])
    const { seen, error } = await collect(api.client.events("o-1"))
    assert.deepStrictEqual([seen, error], [["0 pending", "1 confirmed"], undefined])
    assert.deepStrictEqual(api.header("last-event-id"), [null, "0", "0", "1"])
    assert.strictEqual(api.asked()[0], "GET /api/orders/o-1/events")
  })

  it("reconnect after the time that the API asks for, with jitter", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0)
    const api = fakeApi([stream([preamble, event(0, "pending")], "breaks").response, over()])
    const { took } = await collect(api.client.events("o-1"))
    assert.approximately(took, 1500, 100)
  })

  it("begin after the given event", async () => {
    const api = fakeApi([over()])
    assert.deepStrictEqual((await collect(api.client.events("o", { lastEventId: "4" }))).seen, [])
    assert.deepStrictEqual(api.header("last-event-id"), ["4"])
  })

  it("fail with the API's refusal, and after a few attempts without an event", async () => {
    const refused = fakeApi([problem("not_found", 404)])
    assert.isTrue(isProblem((await collect(refused.client.events("o"))).error, "not_found"))
    const empty = fakeApi(Array.from({ length: 5 }, () => stream([preamble]).response))
    assert.instanceOf((await collect(empty.client.events("o"))).error, ConnectionError)
    assert.strictEqual(empty.requests.length, 4)
  })

  it("allow more attempts after some events have arrived", async () => {
    const api = fakeApi([
      stream([preamble, event(0, "pending")]).response,
      ...Array.from({ length: 9 }, () => new TypeError("fetch failed")),
      over()
    ])
    assert.isUndefined((await collect(api.client.events("o"))).error)
    assert.strictEqual(api.requests.length, 11)
  })

  it("are requested again when a connection has gone silent", async () => {
    const dead = stream([preamble, event(0, "pending")], "stays")
    const api = fakeApi([dead.response, over()])
    const { took } = await collect(api.client.events("o"))
    assert.isAtLeast(took, 45_000)
    assert.isTrue(dead.left.cancelled)
  })

  it("close their connection when the reader stops, and with a signal", async () => {
    const left = stream([preamble, event(0, "pending")], "stays")
    const api = fakeApi([left.response])
    for await (const { data } of api.client.events("o")) {
      assert.strictEqual(data.status, "pending")
      break
    }
    assert.isTrue(left.left.cancelled)

    const gone = new AbortController()
    const aborted = stream([preamble, event(0, "pending")], "stays")
    const reason = new Error("the page was left")
    setTimeout(() => gone.abort(reason), 1000)
    const second = fakeApi([aborted.response])
    const { error, seen } = await collect(second.client.events("o", { signal: gone.signal }))
    assert.deepStrictEqual([error, seen], [reason, ["0 pending"]])
    assert.isTrue(aborted.left.cancelled)
    assert.strictEqual(vi.getTimerCount(), 0)
  })
})
