// API and worker while MongoDB has another password for their user, as after an operator has changed it and before
// it is deployed: an outage, which ends with its cause and without a restart.
import { mongo } from "mongoose"
import { expect, it } from "vitest"
import { startMongo, withUser } from "../../tools/harness/mongo.ts"
import { depthOf, testSqsClient } from "../../tools/harness/queues.ts"
import { stockUp } from "../../tools/harness/setUp.ts"
import { startSystem } from "../../tools/harness/system.ts"
import { makeTogether } from "../../tools/harness/together.ts"
import { until } from "../../tools/harness/until.ts"
import { describeWith } from "../suite.ts"
import { order } from "./shop.ts"

const user = "service"
const orderCount = 5

describeWith(["sqs", "ses"], "a changed password of MongoDB", (services) => {
  it("causes 503, counts as no order's failure, and needs no restart after it is corrected", async () => {
    const { keep, stop } = makeTogether()
    try {
      const server = await keep(startMongo({ auth: true }))
      const root = new mongo.MongoClient(server.address.uri)
      await keep(Promise.resolve({ stop: () => root.close() }))
      const setPassword = (command: "createUser" | "updateUser", pwd: string) =>
        root.db("admin").command({ [command]: user, pwd, roles: ["readWriteAnyDatabase"] })
      await setPassword("createUser", "old")
      const uri = withUser(server.address.uri, { user, password: "old" })
      const system = await keep(startSystem({ ...services, mongo: { uri } }))
      const { url } = await system.startApi()
      const worker = await system.startWorker()
      const { client, email } = await system.signUp(url, "buyer", "admin")
      await stockUp(client, { thing: 100 })
      const place = () => client.post(order.path, order.body)
      const ready = (of: string) => fetch(new URL("/readyz", of)).then((answer) => answer.json())

      // Messages wait for the worker, and meet the other password.
      worker.program.signal("SIGSTOP")
      const placed = await Promise.all(Array.from({ length: orderCount }, place))
      expect(placed.map(({ status }) => status)).toEqual(placed.map(() => 201))
      await setPassword("updateUser", "new")
      // Every connection from here on is a new one.
      for (const { crash, restart } of server.nodes) {
        await crash()
        await restart()
      }
      worker.program.signal("SIGCONT")
      await worker.program.said(/orders not confirmed: waiting for the store/u)
      for (const of of [url, worker.url])
        await until(
          "refused",
          () => ready(of),
          ({ status, dependencies }) =>
            status === 503 &&
            dependencies.mongo.problem === "MongoDB refuses this process; the log says why"
        )
      for (let i = 0; i < 3; i++) {
        const { status, body, headers } = await place()
        expect([status, body.code]).toEqual([503, "unavailable"])
        expect(headers.get("retry-after")).toMatch(/^[1-9]\d*$/u)
      }

      await setPassword("updateUser", "old")
      for (const of of [url, worker.url])
        await until(
          "ready",
          () => ready(of),
          ({ status }) => status === "ready"
        )
      expect((await place()).status).toBe(201)
      await system.mails.inbox({ to: email, atLeast: 1 + orderCount + 1, withinMs: 60_000 })
      for (const { body } of placed)
        expect((await client.get(`/api/orders/${body.id}`)).body.status).toBe("confirmed")
      const flagged = { needsAttention: { $exists: true } }
      const orders = root.db(databaseOf(system.env["MONGO_URI"] ?? "")).collection("orders")
      expect(await orders.countDocuments(flagged)).toBe(0)
      const sqs = testSqsClient(services.sqs.endpoint)
      await keep(Promise.resolve({ stop: async () => sqs.destroy() }))
      expect(await depthOf(sqs, system.env["AWS_SQS_QUEUE_URL"] ?? "")).toBe(0)
      expect(await depthOf(sqs, system.env["AWS_SQS_DLQ_URL"] ?? "")).toBe(0)
      expect(worker.program.output()).not.toContain("could not be confirmed")
    } finally {
      await stop()
    }
  }, 120_000)
})

const databaseOf = (uri: string): string => uri.replace(/^.*\/([^/?]+)\?.*$/u, "$1")
