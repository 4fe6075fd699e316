// Event streams over processes: a change by any process reaches a stream of any other, with Redis and without.
import { afterAll, beforeAll, expect, it } from "vitest"
import { shopAt } from "../../tools/harness/client.ts"
import { stockUp } from "../../tools/harness/setUp.ts"
import { type System, startSystem } from "../../tools/harness/system.ts"
import { follow } from "../conformance/follow.ts"
import { describeWith } from "../suite.ts"

/** Far below the 30 s after which a stream reads its order without a word of a change. */
const soon = 10_000

describeWith(["mongo", "sqs", "ses"], "event streams at two APIs", (services) => {
  let system: System
  let first: Awaited<ReturnType<System["startApi"]>>
  let second: Awaited<ReturnType<System["startApi"]>>
  let buyer: Awaited<ReturnType<System["signUp"]>>

  beforeAll(async () => {
    system = await startSystem(services)
    ;[first, second] = await Promise.all([system.startApi(), system.startApi()])
    const admin = await system.signUp(first.url, "admin", "admin")
    await stockUp(admin.client, { thing: 100 })
    buyer = await system.signUp(first.url, "buyer")
  }, 60_000)
  afterAll(() => system?.stop())

  const place = async (person = buyer): Promise<string> => {
    const items = [{ sku: "thing", quantity: 1 }]
    const { status, body } = await person.client.post("/api/orders", { items })
    expect(status).toBe(201)
    return body.id
  }
  const followAt = (url: string, id: string, person = buyer) =>
    follow({ fetch, origin: url }, id, { token: person.tokens.accessToken })
  const cancelAtFirst = async (id: string, person = buyer): Promise<void> => {
    expect((await person.client.post(`/api/orders/${id}/cancel`)).status).toBe(200)
  }

  it("receive changes that the other API made", async () => {
    const id = await place()
    const stream = await followAt(second.url, id)
    expect((await stream.event())?.data.status).toBe("pending")
    const began = performance.now()
    await cancelAtFirst(id)
    expect((await stream.event())?.data.status).toBe("cancelled")
    await stream.end()
    expect(performance.now() - began).toBeLessThan(soon)
  })

  it("are limited to ten for a user over both APIs", async () => {
    // Who has none that is about to end.
    const other = await system.signUp(first.url, "other")
    const id = await place(other)
    const streams = await Promise.all(
      Array.from({ length: 10 }, (_, i) =>
        followAt(i % 2 === 0 ? first.url : second.url, id, other)
      )
    )
    expect(streams.map(({ status }) => status)).toEqual(streams.map(() => 200))
    for (const { url } of [first, second]) expect((await followAt(url, id, other)).status).toBe(429)
    await cancelAtFirst(id, other)
    await Promise.all(streams.map((stream) => stream.end()))
  })

  it("receive changes that the worker made", async () => {
    const id = await place()
    const stream = await followAt(second.url, id)
    expect((await stream.event())?.data.status).toBe("pending")
    const { program } = await system.startWorker()
    const began = performance.now()
    expect((await stream.event())?.data.status).toBe("confirmed")
    // Its mail is out.
    await stream.end()
    expect(performance.now() - began).toBeLessThan(soon)
    program.signal("SIGTERM")
    expect(await program.ended).toBe(0)
  }, 60_000)

  it("read from the database while Redis is unavailable, and receive changes again once it is back", async () => {
    const [missed, heard] = [await place(), await place()]
    const streams = await Promise.all([missed, heard].map((id) => followAt(second.url, id)))
    for (const stream of streams) expect((await stream.event())?.data.status).toBe("pending")
    await system.redis.crash()
    await cancelAtFirst(missed)
    expect((await streams[0]?.event())?.data.status).toBe("cancelled")
    await system.redis.restart()
    await second.program.said(/streams of orders hear of changes again/u)
    await cancelAtFirst(heard)
    expect((await streams[1]?.event())?.data.status).toBe("cancelled")
  }, 60_000)

  it("end with a process that stops in time, and resume at another one", async () => {
    const id = await place()
    const stream = await followAt(second.url, id)
    expect((await stream.event())?.data.status).toBe("pending")
    // As behind a balancer.
    let origin = second.url
    const routed = shopAt(second.url, buyer.tokens, ({ url, headers, signal }) =>
      fetch(url.replace(second.url, origin), { headers, signal })
    ).events(id)
    expect((await routed.next()).value).toMatchObject({ id: "0", data: { status: "pending" } })
    const began = performance.now()
    origin = first.url
    second.program.signal("SIGTERM")
    await stream.end()
    expect(await second.program.ended).toBe(0)
    // Two seconds of notice, three for connections without a request, and the clients' ends.
    expect(performance.now() - began).toBeLessThan(8000)
    await cancelAtFirst(id)
    expect((await routed.next()).value).toMatchObject({ id: "1", data: { status: "cancelled" } })
    expect((await routed.next()).done).toBe(true)
  }, 60_000)
})
