// What hundreds of clients that ask for readiness cost the real dependencies: each is asked about once a second.
import { createServer, request } from "node:http"
import type { AddressInfo } from "node:net"
import { Redis } from "ioredis"
import { mongo } from "mongoose"
import { afterEach, expect, it } from "vitest"
import { crowds } from "../../tools/harness/attack.ts"
import { withstand } from "../../tools/harness/flood.ts"
import { describeWith } from "../suite.ts"
import { startShop } from "./shop.ts"

const cleanUps: Array<() => unknown> = []
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp()
})

/** Hands requests on to a service, and counts them by the operation that AWS's SDK names. */
const startCounter = async (endpoint: string) => {
  const counts = new Map<string, number>()
  const server = createServer((incoming, answer) => {
    const operation = String(incoming.headers["x-amz-target"] ?? incoming.url)
    counts.set(operation, (counts.get(operation) ?? 0) + 1)
    const { method, url, headers } = incoming
    const outgoing = request(new URL(url ?? "/", endpoint), { method, headers }, (answered) => {
      answer.writeHead(answered.statusCode ?? 502, answered.headers)
      answered.pipe(answer)
    })
    outgoing.on("error", () => answer.destroy())
    incoming.pipe(outgoing)
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  cleanUps.push(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return { endpoint: `http://127.0.0.1:${port}`, counts }
}

const readyz = crowds.filter(({ name }) => name.includes("/readyz"))

describeWith(["sqs", "ses"], "readiness under 300 connections", ({ sqs, ses }) => {
  it("checks MongoDB, Redis, SQS and SES about once a second, and stays 200", async () => {
    const [toSqs, toSes] = await Promise.all([
      startCounter(sqs.endpoint),
      startCounter(ses.endpoint)
    ])
    const shop = await startShop(
      { sqs, ses },
      {
        settings: {
          ...{ AWS_ENDPOINT_URL_SQS: toSqs.endpoint, AWS_ENDPOINT_URL_SES: toSes.endpoint },
          RATE_LIMIT_FACTOR: "1"
        }
      }
    )
    cleanUps.push(shop.stop)
    const client = new mongo.MongoClient(shop.mongo.address.uri)
    const redis = new Redis(shop.system.redis.port, "127.0.0.1")
    cleanUps.push(
      () => client.close(),
      () => redis.disconnect()
    )
    const indexesListed = async (): Promise<number> => {
      const { metrics } = await client.db("admin").command({ serverStatus: 1 })
      return Number(metrics.commands.listIndexes.total)
    }
    const scriptsRun = async (): Promise<number> =>
      Number(/cmdstat_evalsha:calls=(\d+)/u.exec(await redis.info("commandstats"))?.[1] ?? 0)
    const asked = async () => ({
      mongo: await indexesListed(),
      redis: await scriptsRun(),
      sqs: toSqs.counts.get("AmazonSQS.GetQueueAttributes") ?? 0,
      ses: [...toSes.counts.values()].reduce((sum, count) => sum + count, 0)
    })
    // An answer of SES holds for 30 s, and it was asked first when the process began to sample its dependencies.
    const before = { ...(await asked()), ses: 0 }
    const began = performance.now()
    const [attack] = readyz
    if (attack === undefined) throw new Error("no attack on /readyz")
    const met = await withstand({ url: shop.url, pid: shop.program.pid }, attack, {
      seconds: "until it has ended"
    })
    const after = await asked()
    const seconds = (performance.now() - began) / 1000
    expect(met.wrong).toEqual([])
    // An answer holds for a second, so in `seconds` there are at most so many questions; the first is not held.
    const most = Math.ceil(seconds) + 1
    const models = 7
    const keysProbed = 16
    for (const [name, perQuestion] of [
      ...[["mongo", models] as const, ["redis", keysProbed] as const],
      ...[["sqs", 1] as const, ["ses", 1] as const]
    ]) {
      const count = after[name] - before[name]
      expect(count, name).toBeGreaterThanOrEqual(perQuestion)
      expect(count, name).toBeLessThanOrEqual(most * perQuestion)
    }
  }, 120_000)
})
