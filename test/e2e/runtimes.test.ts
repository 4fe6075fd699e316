// The programs on other runtimes than Node, dev from its sources and the others as built: they start, take an order to its mail, and end in order.
import { afterEach, describe, expect, it } from "vitest"
import { urlOf } from "../../tools/harness/deployment.ts"
import { lastWordsOf, type Program } from "../../tools/harness/program.ts"
import { type Runtime, thisNode } from "../../tools/harness/runtimes.ts"
import { stockUp } from "../../tools/harness/setUp.ts"
import { startSystem } from "../../tools/harness/system.ts"
import { until } from "../../tools/harness/until.ts"
import { describeWith, describeWithRuntime } from "../suite.ts"

const stops: Array<() => Promise<unknown>> = []
afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()))
})

const endsWell = async (program: Program): Promise<void> => {
  program.signal("SIGTERM")
  expect(await program.ended, lastWordsOf(program)).toBe(0)
  expect(program.output()).toContain('"message":"stopped"')
}

const dev = (runtime: Runtime) =>
  it("`dev`, from its sources, walks the journey, and SIGTERM ends it with 0", async () => {
    const program = runtime.run("src/programs/dev.ts", {
      PORT: "0",
      LOG_FORMAT: "json",
      DEV_ADMIN_PASSWORD: "an admin's own password"
    })
    stops.push(async () => {
      program.signal("SIGKILL")
      await program.ended
    })
    const url = await urlOf(program, 60_000)
    await program.said(/Begin with:/u, 60_000)
    // Its parts are compiled when they are first asked for.
    const console = await fetch(`${url}/console/login`)
    expect([console.status, await console.text()]).toEqual([200, expect.stringMatching(/<form/u)])
    const demo = thisNode.run("dist/programs/demo.js", {}, ["--url", url])
    expect(await demo.ended, lastWordsOf(demo)).toBe(0)
    await endsWell(program)
  }, 120_000)

const deployed = (runtime: Runtime) =>
  describeWith(["mongo", "sqs", "ses"], "on real services", (services) => {
    it("an order goes from the API through the worker to its mail, and SIGTERM ends both with 0", async () => {
      const system = await startSystem(services, {}, runtime)
      stops.push(system.stop)
      const [api, worker] = await Promise.all([system.startApi(), system.startWorker()])
      const admin = await system.signUp(api.url, "admin", "admin")
      await stockUp(admin.client, { thing: 3 })
      const buyer = await system.signUp(api.url, "buyer")
      const placed = await buyer.client.post("/api/orders", {
        items: [{ sku: "thing", quantity: 1 }]
      })
      expect(placed.status).toBe(201)
      await until(
        "confirmed and mailed",
        () => buyer.client.get(placed.headers.get("location") ?? ""),
        ({ body }) => body.confirmation.state === "sent",
        30_000
      )
      expect((await fetch(`${worker.url}/readyz`)).status).toBe(200)
      await Promise.all([endsWell(api.program), endsWell(worker.program)])
    }, 120_000)
  })

for (const name of ["Bun", "Deno"] as const)
  await describeWithRuntime(name, `the programs on ${name}`, (runtime) => {
    describe("by themselves", () => dev(runtime))
    deployed(runtime)
  })
