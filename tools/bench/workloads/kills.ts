// Second mails: two workers mail a backlog at a steady rate, one of them is killed every few seconds and started
// again. A mail whose answer was not on record goes out again when its lease has ended.
import type { Contestant } from "../contestant.ts"
import type { Stage } from "../stage.ts"
import type { Sample, Workload } from "../workload.ts"
import { mailedAt } from "./endToEnd.ts"
import { pendingOrders, withFullQueue } from "./queue.ts"

const mailsPerSecond = 100
const kills = 6
const betweenMs = 2500
/** The rate mails until the last kill, and a little beyond. */
const orders = Math.round((mailsPerSecond * betweenMs * (kills + 2)) / 1000)
/** Leases of killed workers end, and their mails go out. */
const endWithinSeconds = 180

async function measure(stage: Stage): Promise<Sample> {
  const { ses } = stage.services
  return withFullQueue(stage, orders, async () => {
    const workers = [stage.startWorker(), stage.startWorker()]
    await stage.within("the first mails", 30, (signal) => ses.count(mailsPerSecond, signal))
    for (let i = 0; i < kills; i++) {
      await new Promise((resolve) => setTimeout(resolve, betweenMs))
      await workers.shift()?.kill()
      workers.push(stage.startWorker())
    }
    await stage.within("the last mails", endWithinSeconds, async (signal) => {
      for (let mails = orders; ; ) {
        await ses.count(mails, signal)
        const sent = await ses.mails()
        if (mailedAt(sent).size === orders) return
        mails = sent.length + 1
      }
    })
    const second = (await ses.mails()).length - orders
    return { value: second / kills, perSecond: mailsPerSecond }
  })
}

export const workerKills = (system: Contestant): Workload => ({
  name: "worker-kills",
  title: "Second mails for each kill -9 of one of two workers",
  ...{ unit: "mails", better: "lower", measure },
  contestants: [{ ...system, env: () => ({ SES_MAX_PER_SECOND: String(mailsPerSecond) }) }],
  open: (services, contestant) => pendingOrders(services, contestant, orders)
})
