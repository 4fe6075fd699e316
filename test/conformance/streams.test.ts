// Event streams over sockets: a client that goes away, and a server that stops.
import { Exit, Scope } from "effect"
import { assert, describe, it, vi } from "vitest"
import { listen } from "../../src/http/NodeServer.ts"
import { Readiness } from "../../src/services/runtime/Readiness.ts"
import { embedded } from "./embedded.ts"
import { follow } from "./follow.ts"
import { openWorld } from "./world.ts"

const open = async (waitForClients = false) => {
  const system = await embedded()
  const scope = await system.run(Scope.make())
  const { port } = await system.run(
    Scope.provide(
      listen({ fetch: system.app.fetch, host: "127.0.0.1", port: 0, waitForClients }),
      scope
    )
  )
  const target = { ...system, fetch, origin: `http://127.0.0.1:${port}` }
  const world = await openWorld(target)
  const { token } = world.ada
  return {
    world,
    system,
    follow: async () => {
      const { json } = await world.order(world.ada, [{ sku: await world.product(1), quantity: 1 }])
      return follow(target, json.id, { token })
    },
    opened: async () => {
      const { text } = await world.get("/metrics")
      return Number(/^http_event_streams_open (\d+)$/mu.exec(text)?.[1])
    },
    stop: () => system.run(Scope.close(scope, Exit.void)),
    [Symbol.asyncDispose]: async () => {
      await system.run(Scope.close(scope, Exit.void))
      await system[Symbol.asyncDispose]()
    }
  }
}

describe("over sockets", { concurrent: true }, () => {
  it("a stream ends when its client's connection closes", async () => {
    await using test = await open()
    const streams = [await test.follow(), await test.follow()]
    assert.strictEqual((await streams[0]?.event())?.data.status, "pending")
    assert.strictEqual(await test.opened(), 2)
    await streams[0]?.leave()
    await vi.waitFor(async () => assert.strictEqual(await test.opened(), 1))
  })

  it("a stopping server ends streams first, and does not wait for them", async () => {
    await using test = await open(true)
    const streams = [await test.follow(), await test.follow()]
    const began = performance.now()
    await test.system.run(Readiness.use((readiness) => readiness.startDraining))
    await test.stop()
    // Two seconds of notice and three for idle connections, and not the ten that requests get.
    assert.isBelow(performance.now() - began, 8000)
    await Promise.all(streams.map((stream) => stream.end()))
  })

  it("a stream may last longer than the deadline of a response", { timeout: 60_000 }, async () => {
    await using test = await open()
    const stream = await test.follow()
    await stream.event()
    assert.strictEqual(await stream.block(), ": heartbeat")
    assert.strictEqual(await test.opened(), 1)
    assert.isFalse(stream.isOver())
  })
})
