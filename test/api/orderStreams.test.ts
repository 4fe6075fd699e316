// Event streams of orders on a clock that the test moves: heartbeats, reads, the session, and the bounds.
import { Effect, Layer, Option } from "effect"
import { TestClock } from "effect/testing"
import { assert, describe, it, vi } from "vitest"
import type { AppOptions } from "../../src/api/app.ts"
import * as UnheardOrderChanges from "../../src/layers/runtime/UnheardOrderChanges.ts"
import { grantRole, revokeAdmin } from "../../src/services/accounts/changeRole.ts"
import { endSessionsOf } from "../../src/services/accounts/endSessionsOf.ts"
import { PasswordHash } from "../../src/services/accounts/model/Account.ts"
import { consoleIdleSeconds } from "../../src/services/accounts/model/Session.ts"
import { AccountStore } from "../../src/services/accounts/ports/AccountStore.ts"
import { OrderId, UserId } from "../../src/services/ids.ts"
import { OrderCache, OrderCacheError } from "../../src/services/orders/ports/OrderCache.ts"
import { OrderChanges } from "../../src/services/orders/ports/OrderChanges.ts"
import { OrderStore, OrderStoreError } from "../../src/services/orders/ports/OrderStore.ts"
import { slotsPerUser } from "../../src/services/orders/ports/StreamSlots.ts"
import { Readiness } from "../../src/services/runtime/Readiness.ts"
import { intercept } from "../../src/testing/intercept.ts"
import { type EmbeddedOptions, embedded } from "../conformance/embedded.ts"
import { follow, followAtConsole } from "../conformance/follow.ts"
import { loggedIn, type Visitor } from "../conformance/visitor.ts"
import { expectProblem, openWorld, type Person } from "../conformance/world.ts"

const heartbeat = ": heartbeat"

const open = async (
  app: Partial<AppOptions> = {},
  override: EmbeddedOptions["override"] = Layer.empty
) => {
  const system = await embedded({
    override: override.pipe(Layer.provideMerge(TestClock.layer())),
    app
  })
  const world = await openWorld(system)
  const place = async (person: Person = world.ada) => {
    const sku = await world.product(1)
    return (await world.order(person, [{ sku, quantity: 1 }])).json.id as string
  }
  return {
    system,
    world,
    place,
    follow: (id: string, person: Person = world.ada, headers = {}) =>
      follow(system, id, { token: person.token, headers }),
    pass: (seconds: number) => system.run(TestClock.adjust(seconds * 1000)),
    cancel: (id: string) =>
      world.post(`/api/orders/${id}/cancel`, undefined, { token: world.ada.token }),
    [Symbol.asyncDispose]: () => system[Symbol.asyncDispose]()
  }
}

/** No word of a change comes, and nothing says so. */
const deaf = intercept(OrderChanges, () => ({ watch: () => Effect.void }))

/** As on a host that has each request do its own work. */
const alone: Partial<AppOptions> = { waitUntil: () => () => undefined }

describe.each([
  ["one loop for all", {}],
  ["a loop for each", alone]
])("a stream of a process with %s", (_, app) => {
  it("has a heartbeat every 15 s", async () => {
    await using test = await open(app)
    const stream = await test.follow(await test.place())
    assert.strictEqual((await stream.event())?.id, "0")
    for (let i = 0; i < 3; i++) {
      await test.pass(14)
      assert.isFalse(stream.hasMore())
      await test.pass(1)
      assert.strictEqual(await stream.block(), heartbeat)
    }
  })

  it("reads every 5 s when no change notifications arrive", async () => {
    await using test = await open(app, UnheardOrderChanges.layer)
    const id = await test.place()
    const stream = await test.follow(id)
    await stream.event()
    await test.cancel(id)
    await test.pass(3)
    assert.isFalse(stream.hasMore())
    await test.pass(3)
    assert.strictEqual((await stream.event())?.data.status, "cancelled")
    assert.isUndefined(await stream.block())
  })

  it("ends within a minute after its session has ended", async () => {
    await using test = await open(app)
    const { world, system } = test
    const person = await world.join("leaver")
    const stream = await test.follow(await test.place(person), person)
    const other = await test.follow(await test.place())
    await test.pass(59)
    await system.run(endSessionsOf(person.email))
    await test.pass(2)
    await stream.end()
    await test.pass(15)
    assert.isFalse(other.isOver())
  })

  it("ends when the process stops, and no new stream begins", async () => {
    await using test = await open(app)
    const id = await test.place()
    const stream = await test.follow(id)
    await test.system.run(Readiness.use((readiness) => readiness.startDraining))
    await test.pass(1)
    await stream.end()
    const refused = await test.world.get(`/api/orders/${id}/events`, {
      token: test.world.ada.token
    })
    expectProblem(refused, 503, "unavailable")
  })

  it("ends with its runtime", async () => {
    const test = await open(app)
    const stream = await test.follow(await test.place())
    await test.system[Symbol.asyncDispose]()
    await stream.end()
  })
})

describe("a stream", () => {
  it("sends a change as soon as it is in the cache, and ends with the order", async () => {
    await using test = await open()
    const id = await test.place()
    const stream = await test.follow(id)
    assert.strictEqual((await stream.event())?.data.status, "pending")
    await test.system.settle(id)
    const confirmed = await stream.event()
    assert.deepStrictEqual([confirmed?.id, confirmed?.data.status], ["1", "confirmed"])
    await stream.end()
  })

  it("reads every 30 s when notifications arrive, since one may be lost", async () => {
    let reads = 0
    const counted = intercept(OrderCache, ({ get }) => ({
      get: (id) =>
        Effect.suspend(() => {
          reads += 1
          return get(id)
        })
    }))
    await using test = await open({}, Layer.merge(counted, deaf))
    const id = await test.place()
    const stream = await test.follow(id)
    await stream.event()
    reads = 0
    await test.pass(29)
    assert.strictEqual(reads, 0)
    await test.cancel(id)
    await test.pass(2)
    assert.strictEqual((await stream.event())?.data.status, "cancelled")
  })

  it("reads again after 5 s when the stores were unavailable", async () => {
    let isAway = false
    const away = <A, E>(error: E, call: Effect.Effect<A, E>) =>
      Effect.suspend(() => (isAway ? Effect.fail(error) : call))
    const override = Layer.mergeAll(
      intercept(OrderCache, ({ get }) => ({
        get: (id) => away(new OrderCacheError({ operation: "get", cause: "away" }), get(id))
      })),
      intercept(OrderStore, ({ find }) => ({
        find: (id) => away(new OrderStoreError({ operation: "find", cause: "away" }), find(id))
      })),
      deaf
    )
    await using test = await open({}, override)
    const id = await test.place()
    const stream = await test.follow(id)
    await stream.event()
    await test.cancel(id)
    isAway = true
    await test.pass(100)
    isAway = false
    await test.pass(6)
    assert.strictEqual((await stream.event())?.data.status, "cancelled")
  })

  it("ends when its order can't be read", async () => {
    let isBroken = false
    const override = intercept(OrderCache, ({ get }) => ({
      get: (id) => (isBroken ? Effect.die(new Error("a bug")) : get(id))
    }))
    await using test = await open({}, override)
    const id = await test.place()
    const stream = await test.follow(id)
    isBroken = true
    await test.pass(31)
    await stream.end()
  })

  it("ends when its administrator has lost the role", async () => {
    await using test = await open()
    const { world, system } = test
    const admin = await world.login(world.admin.email, world.admin.password)
    const stream = await test.follow(await test.place(), admin)
    // The last one keeps the role.
    await system.run(grantRole((await world.join("grace")).email, "admin"))
    await system.run(revokeAdmin(admin.email))
    await test.pass(61)
    await stream.end()
  })

  it("ends when its account has another password, also if the session was left open", async () => {
    await using test = await open()
    const { world, system } = test
    const stream = await test.follow(await test.place())
    const set = AccountStore.use((store) =>
      store.setPassword(UserId.make(world.ada.id), 0, PasswordHash.make("$argon2id$another"))
    )
    assert.isTrue(await system.run(set))
    await test.pass(61)
    await stream.end()
  })

  it("ends when its account is disabled, also if the session was left open", async () => {
    await using test = await open()
    const { world, system } = test
    const stream = await test.follow(await test.place())
    const disabled = Option.some({ at: new Date(), reason: "a test" })
    await system.run(
      AccountStore.use((store) => store.setDisabled(UserId.make(world.ada.id), disabled))
    )
    await test.pass(61)
    await stream.end()
  })
})

describe("a stream of the console", () => {
  const openConsole = async () => {
    const test = await open()
    const admin = await loggedIn(test.system, test.system.admin)
    return {
      ...test,
      admin,
      followed: (id: string, who: Visitor = admin, headers = {}) =>
        followAtConsole(test.system, id, { cookie: who.cookie(), headers }),
      [Symbol.asyncDispose]: () => test[Symbol.asyncDispose]()
    }
  }

  it("sends a change as soon as it is in the cache, and ends with the order", async () => {
    await using test = await openConsole()
    const id = await test.place()
    const stream = await test.followed(id)
    const first = await stream.event()
    await test.cancel(id)
    assert.isAbove((await stream.event())?.data, first?.data)
    await stream.end()
  })

  it("goes on after the version that its page has", async () => {
    await using test = await openConsole()
    const id = await test.place()
    const first = await (await test.followed(id)).event()
    const headers = { "last-event-id": first?.id ?? "" }
    const stream = await test.followed(id, test.admin, headers)
    await test.cancel(id)
    assert.isAbove((await stream.event())?.data, first?.data)
    await stream.end()
  })

  it("has heartbeats, and ends when the process stops", async () => {
    await using test = await openConsole()
    const stream = await test.followed(await test.place())
    await stream.event()
    await test.pass(15)
    assert.strictEqual(await stream.block(), heartbeat)
    await test.system.run(Readiness.use((readiness) => readiness.startDraining))
    await test.pass(1)
    await stream.end()
  })

  it("ends within a minute after its session has ended", async () => {
    await using test = await openConsole()
    const stream = await test.followed(await test.place())
    await test.pass(59)
    await test.system.run(endSessionsOf(test.system.admin.email))
    await test.pass(2)
    await stream.end()
  })

  it("ends within a minute after its user has left the staff", async () => {
    await using test = await openConsole()
    const { system, world } = test
    const grace = await world.join("grace")
    await system.run(grantRole(grace.email, "support"))
    const support = await loggedIn(system, grace)
    const id = await test.place()
    const [stream, other] = [await test.followed(id, support), await test.followed(id)]
    await system.run(revokeAdmin(grace.email))
    await test.pass(61)
    await stream.end()
    assert.isFalse(other.isOver())
  })

  it("ends when its session is idle for too long, and does not extend the session", async () => {
    await using test = await openConsole()
    const { admin } = test
    const id = await test.place()
    await test.pass(120)
    const stream = await test.followed(id)
    assert.deepStrictEqual(stream.headers.getSetCookie(), [])
    const pass = async (seconds: number) => {
      for (let passed = 0; passed < seconds; passed += 15) {
        await test.pass(15)
        await stream.drain()
      }
    }
    await pass(consoleIdleSeconds - 180)
    assert.isFalse(stream.isOver())
    await pass(180)
    await stream.end()
    assert.match((await admin.get(`/console/orders/${id}/events`)).location, /^\/console\/login/u)
  })

  it("counts as one of its user's ten streams", async () => {
    await using test = await openConsole()
    const { admin, world } = test
    const id = await test.place()
    const others = Array.from({ length: slotsPerUser - 1 }, () => test.follow(id, world.admin))
    await Promise.all(others)
    const last = await test.followed(id)
    assert.strictEqual(last.status, 200)
    const refused = await admin.get(`/console/orders/${id}/events`)
    assert.strictEqual(refused.status, 429)
    assert.strictEqual(refused.headers.get("retry-after"), "15")
    await last.leave()
    await vi.waitFor(async () => assert.strictEqual((await test.followed(id)).status, 200))
  })

  it("counts toward the limit of the process", async () => {
    await using test = await open({ maxStreams: 1 })
    const admin = await loggedIn(test.system, test.system.admin)
    const id = await test.place()
    await test.follow(id)
    const refused = await admin.get(`/console/orders/${id}/events`)
    assert.strictEqual(refused.status, 503)
  })
})

describe("the bounds", () => {
  it("refuse an eleventh stream of a user until another one ends", async () => {
    await using test = await open()
    const { world } = test
    const id = await test.place()
    const path = `/api/orders/${id}/events`
    const streams = await Promise.all(Array.from({ length: slotsPerUser }, () => test.follow(id)))
    const refused = await world.get(path, { token: world.ada.token })
    expectProblem(refused, 429, "rate_limited")
    assert.strictEqual(refused.headers.get("retry-after"), "15")
    assert.match(refused.headers.get("ratelimit-policy") ?? "", /^"streams";q=10;w=150, /u)
    // Others are not refused, nor is what takes no stream.
    const others = await test.follow(id, world.admin)
    assert.strictEqual((await world.call("HEAD", path, { token: world.ada.token })).status, 200)
    await streams[0]?.leave()
    await vi.waitFor(async () => {
      const next = await test.follow(id)
      assert.strictEqual(next.status, 200)
    })
    assert.isFalse(others.isOver())
  })

  it("keep a user's streams until they close", async () => {
    await using test = await open()
    const id = await test.place()
    const streams = await Promise.all(Array.from({ length: slotsPerUser }, () => test.follow(id)))
    for (let minute = 0; minute < 5; minute++) {
      for (let i = 0; i < 4; i++) {
        await test.pass(15)
        await Promise.all(streams.map((stream) => stream.drain()))
      }
    }
    const refused = await test.world.get(`/api/orders/${id}/events`, {
      token: test.world.ada.token
    })
    expectProblem(refused, 429, "rate_limited")
  })

  it("refuse streams beyond the limit of the process", async () => {
    await using test = await open({ maxStreams: 2 })
    const { world } = test
    const id = await test.place()
    const [first] = [await test.follow(id), await test.follow(id)]
    const path = `/api/orders/${id}/events`
    const refused = await world.get(path, { token: world.ada.token })
    expectProblem(refused, 503, "unavailable")
    assert.isTrue(refused.headers.has("retry-after"))
    await first?.leave()
    await vi.waitFor(async () => {
      assert.strictEqual((await test.follow(id)).status, 200)
    })
  })

  it("do not count as requests in flight", async () => {
    await using test = await open({ maxInFlight: 1 })
    const id = await test.place()
    const streams = [await test.follow(id), await test.follow(id)]
    assert.strictEqual((await test.world.get("/api/products")).status, 200)
    assert.deepStrictEqual(
      streams.map(({ status }) => status),
      [200, 200]
    )
  })

  it("end the stream of a client that stops reading, and free its slot", async () => {
    await using test = await open({ maxStreams: 1 })
    const id = await test.place()
    // Whose body nothing reads.
    const unread = await test.system.fetch(
      new Request(`${test.system.origin}/api/orders/${id}/events`, {
        headers: { authorization: `Bearer ${test.world.ada.token}` }
      })
    )
    assert.strictEqual(unread.status, 200)
    await test.pass(31)
    assert.strictEqual((await test.follow(id)).status, 200)
  })

  it("are in the metrics: open streams, their limit, and refusals", async () => {
    await using test = await open({ maxStreams: 2 })
    const series = async (name: string) => {
      const { text } = await test.world.get("/metrics")
      const line = text.split("\n").find((one) => one.startsWith(`${name} `))
      return Number(line?.split(" ")[1])
    }
    const opened = () => series("http_event_streams_open")
    const refusals = () => series('http_event_streams_refused_total{limit="process"}')
    assert.deepStrictEqual([await opened(), await series("http_event_streams_limit")], [0, 2])
    // Other tests of this file count there too.
    const refusedBefore = await refusals()
    const id = await test.place()
    const before = await test.follow(id)
    const stream = await test.follow(id)
    assert.strictEqual(await opened(), 2)
    await test.follow(id)
    assert.strictEqual(await refusals(), refusedBefore + 1)
    await stream.leave()
    await vi.waitFor(async () => assert.strictEqual(await opened(), 1))
    await before.leave()
    await vi.waitFor(async () => assert.strictEqual(await opened(), 0))
  })
})

it("watches an order only while a stream is open", async () => {
  const watched: Array<string> = []
  const override = intercept(OrderChanges, ({ watch }) => ({
    watch: (id, wake) =>
      Effect.andThen(
        Effect.acquireRelease(
          Effect.sync(() => watched.push(id)),
          () => Effect.sync(() => watched.splice(watched.indexOf(id), 1))
        ),
        watch(id, wake)
      )
  }))
  await using test = await open({}, override)
  const [one, other] = [await test.place(), await test.place()]
  const [first, second] = [await test.follow(one), await test.follow(other)]
  assert.deepStrictEqual(watched, [one, other])
  await first?.leave()
  await vi.waitFor(() => assert.deepStrictEqual(watched, [other]))
  await test.cancel(other)
  await second?.end()
  await vi.waitFor(() => assert.deepStrictEqual(watched, []))
  assert.isTrue(
    Option.isSome(await test.system.run(OrderStore.use((s) => s.find(OrderId.make(one)))))
  )
})
