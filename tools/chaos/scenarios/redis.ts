// Redis fails over: its address leads to the new primary, and open connections stay with the old one, which takes no
// writes any more.
import { setTimeout as sleep } from "node:timers/promises"
import type { Process } from "../fleet.ts"
import type { Scenario } from "../scenario.ts"
import type { Stage } from "../stage.ts"
import { pause, rounds } from "./rounds.ts"

/** A connection finds the new primary, and the circuit breaker tries it a second later. */
const cachedWithinMs = 10_000

/** Whether an API reads from the cache what it has just put there. */
async function readsFromCache({ url }: Process, { buyers }: Stage): Promise<boolean> {
  const headers = { authorization: `Bearer ${buyers.at(-1)?.token}` }
  const list = await fetch(`${url}/api/orders?limit=1`, { headers })
  const [order] = (await list.json()).items
  const read = () => fetch(`${url}/api/orders/${order.id}`, { headers })
  await read()
  return (await read()).headers.get("x-cache") === "hit"
}

async function watchCache(stage: Stage): Promise<void> {
  const { fleet, journal } = stage
  const watch = async (api: Process): Promise<void> => {
    const deadline = Date.now() + cachedWithinMs
    while (!(await readsFromCache(api, stage))) {
      if (Date.now() > deadline) {
        journal.problems.push(`${api.caller} did not read from the cache after a fail-over`)
        return
      }
      await sleep(100)
    }
  }
  await Promise.all(fleet.up("api").map(watch))
}

export const redisFailOver: Scenario = {
  name: "redis-failover",
  about: "Redis's replica takes over, again and again; open connections stay with the old primary",
  run: (stage) =>
    rounds(stage, async () => {
      await stage.redis.failOver()
      await watchCache(stage)
      await pause(stage, 0.5, 2)
    })
}
