// A started system with what the measurements ask for: people, an address that was never proven, and an
// order whose confirmation is sent, so that it stays in the cache.
import { setTimeout } from "node:timers/promises"
import { makeClient, successOf, type TestClient } from "../harness/client.ts"
import { lastWordsOf, type Program } from "../harness/program.ts"
import { logIn, password, stockUp } from "../harness/setUp.ts"
import { type Services, startSystem } from "../harness/system.ts"
import { until } from "../harness/until.ts"
import { type Addresses, freshAddress } from "./questions.ts"

const sku = "thing"

export interface Shop {
  readonly url: string
  readonly client: TestClient
  readonly addresses: Addresses
  readonly logins: ReadonlyArray<{ readonly email: string; readonly password: string }>
  /** Logs the order's owner in: an access token, which lives for 15 minutes. */
  readonly logIn: () => Promise<string>
  readonly orderPath: string
  /** Of the API's process. */
  readonly pid: number
  /** How the API ended, and what it said last: undefined while it runs. */
  readonly lastWords: () => Promise<string | undefined>
  readonly stop: () => Promise<void>
}

/** A process that dies breaks its connections before its exit is reported. */
const graceMs = 2000

const endOf = async (program: Program): Promise<string | undefined> => {
  const end = await Promise.race([program.ended, setTimeout(graceMs, undefined)])
  return end === undefined ? undefined : `the API ended with ${end}:\n${lastWordsOf(program)}`
}

export async function openShop(services: Services, people: number): Promise<Shop> {
  const system = await startSystem(services)
  try {
    const { url, program } = await system.startApi()
    const worker = await system.startWorker()
    const admin = await system.signUp(url, "admin", "admin")
    await stockUp(admin.client, { [sku]: 1 })
    const placed = await admin.client.post("/api/orders", { items: [{ sku, quantity: 1 }] })
    const orderPath = `/api/orders/${successOf("an order", placed).id}`
    await until(
      "the order's mail is sent",
      () => admin.client.get(orderPath),
      ({ body }) => body.confirmation.state === "sent"
    )
    worker.program.signal("SIGTERM")
    await worker.program.ended

    const client = makeClient(url)
    const known: Array<string> = []
    for (let i = 0; i < people; i++) known.push((await system.signUp(url, "known")).email)
    const unverified = known.map(freshAddress)
    for (const email of unverified) {
      const registered = await client.post("/api/auth/register", { email, password })
      successOf(`registering ${email}`, registered)
    }
    return {
      url,
      client,
      addresses: { known, unverified, unknown: known.map(freshAddress) },
      logins: known.map((email) => ({ email, password })),
      logIn: async () => {
        const { accessToken } = await logIn(client, admin)
        return accessToken
      },
      orderPath,
      pid: program.pid,
      lastWords: () => endOf(program),
      stop: system.stop
    }
  } catch (error) {
    await system.stop()
    throw error
  }
}
