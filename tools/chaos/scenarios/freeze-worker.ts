// A worker stops in the middle of its work and goes on when its messages and leases are long another's.
import { clockMarginSeconds } from "../../../src/services/orders/model/work.ts"
import { leaseSeconds } from "../../../src/worker/MailLoop.ts"
import type { Process } from "../fleet.ts"
import type { Scenario } from "../scenario.ts"
import type { Stage } from "../stage.ts"
import { pause, rounds, slowMails } from "./rounds.ts"

/** The one that mailed last: the queue need not serve both alike, and an idle one proves nothing. */
async function busiest({ fleet, clients, random }: Stage): Promise<Process> {
  const workers = fleet.up("worker")
  const sends = await clients.ses.sends()
  const last = sends.findLast((send) => workers.some(({ caller }) => caller === send.caller))
  return workers.find(({ caller }) => caller === last?.caller) ?? random.pick(workers)
}

export const freezeWorker: Scenario = {
  name: "freeze-worker",
  about: "SIGSTOP of a worker until another one has taken its mails over, then SIGCONT",
  run: async (stage) => {
    await slowMails(stage)
    await rounds(stage, async () => {
      await pause(stage, 0.5, 1.5)
      const seconds = leaseSeconds + clockMarginSeconds + stage.random.between(2, 4)
      await stage.fleet.freeze(await busiest(stage), seconds)
    })
  }
}
