// SES itself: it throttles, takes a mail and its answer is lost, grants less than the shop sells, pauses the account,
// or is not there.
import { setTimeout as sleep } from "node:timers/promises"
import type { SesInjection } from "../../harness/ses-control.ts"
import { startLoad } from "../buyers.ts"
import type { Scenario } from "../scenario.ts"
import type { Stage } from "../stage.ts"
import { pause } from "./rounds.ts"

const failing =
  (injection: SesInjection): Scenario["run"] =>
  async (stage) => {
    await stage.clients.ses.inject(injection)
    await pause(stage, stage.seconds, stage.seconds)
  }

export const sesThrottling: Scenario = {
  name: "ses-throttling",
  about: "SES throttles every other call",
  run: failing({ fault: "throttling", times: "all", share: 0.5 })
}

export const sesLostAnswer: Scenario = {
  name: "ses-lost-answer",
  about: "SES takes every fifth mail, and its answer is lost",
  run: failing({ fault: "deliver-then-reset", times: "all", share: 0.2 })
}

/** What an order may take from being placed to being confirmed, also while no mail goes out. */
const confirmedWithinMs = 5000

/** Until `stage.seconds` are over: no order is pending for longer than it may be. */
async function watchConfirmations({ seconds, orders, journal }: Stage): Promise<void> {
  const late = new Set<string>()
  const until = Date.now() + seconds * 1000
  while (Date.now() < until) {
    const createdAt = { $lt: new Date(Date.now() - confirmedWithinMs) }
    for (const { _id } of await orders.find({ status: "pending", createdAt }).toArray())
      late.add(_id)
    await sleep(500)
  }
  for (const id of late) journal.problems.push(`order ${id} waited for mails to be confirmed`)
}

/** What a new account may send. */
const grantedPerSecond = 14

export const sesSlowRate: Scenario = {
  name: "ses-14-a-second",
  about: "orders come faster than the 14 mails a second that SES grants",
  env: { SES_MAX_PER_SECOND: String(grantedPerSecond) },
  run: async (stage) => {
    const crowd = Array.from({ length: 4 }, (_, i) =>
      startLoad({ ...stage, random: stage.random.derive(`crowd ${i}`) })
    )
    await watchConfirmations(stage)
    await Promise.all(crowd.map(({ stop }) => stop()))
  },
  inspect: async ({ clients }) => {
    const sends = await clients.ses.sends()
    const times = sends
      .filter(({ subject }) => subject.startsWith("Your order "))
      .map(({ at }) => at)
      .toSorted((a, b) => a - b)
    // A busy machine sends late what was due earlier, so a second says little. A rate of each worker's own would be twice
    // as much.
    const windowMs = 5000
    const most = Math.ceil(1.25 * grantedPerSecond * (windowMs / 1000))
    const tooMany = times.filter(
      (at, i) => (times[i + most] ?? Number.POSITIVE_INFINITY) < at + windowMs
    )
    return [
      ...(tooMany.length > 0
        ? [`more than ${most} mails within 5 s, ${tooMany.length} times`]
        : []),
      ...(times.length === 0 ? ["no mail was sent"] : [])
    ]
  }
}

export const sesDown: Scenario = {
  name: "ses-down",
  about: "SES refuses connections: orders are confirmed all the same",
  run: async (stage) => {
    const enable = (enabled: boolean) =>
      Promise.all(stage.proxies.ses.map((proxy) => proxy.enable(enabled)))
    await stage.interruptions.during("SES is down", async () => {
      await enable(false)
      await watchConfirmations(stage)
      await enable(true)
    })
  }
}

export const sesPaused: Scenario = {
  name: "ses-paused",
  about: "SES pauses the account: orders are confirmed, and their mails wait until it resumes",
  run: async (stage) => {
    await stage.clients.ses.inject({ fault: "paused", times: "all" })
    await watchConfirmations(stage)
  },
  inspect: async ({ clients }) => {
    const sends = await clients.ses.sends()
    const refused = sends.filter(({ outcome }) => outcome === "paused")
    const after = refused.at(-1)?.at ?? Number.POSITIVE_INFINITY
    const sent = sends.filter(({ at, outcome }) => at > after && outcome === "delivered")
    return [
      ...(refused.length === 0 ? ["no mail met the paused account"] : []),
      ...(sent.length === 0 ? ["no mail was sent after the account had resumed"] : [])
    ]
  }
}
