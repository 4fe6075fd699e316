// The mails of a backlog at the rate that all processes share, while people ask the API for codes: how long all of
// them take as a part of what the rate allows, and how long a code takes to its mail.
import { quantile } from "../../harness/statistics.ts"
import type { Contestant, RunningApi } from "../contestant.ts"
import { users } from "../data.ts"
import { monotonicMs, type SentMail } from "../ses/protocol.ts"
import type { Stage } from "../stage.ts"
import type { Pace, Sample, Workload } from "../workload.ts"
import { mailedAt } from "./endToEnd.ts"
import { mailedTwice, pendingOrders, withFullQueue } from "./queue.ts"

/** More than SES grants at first, so that 5,000 mails take 25 s instead of six minutes. */
const mailsPerSecond = 200
const codeEveryMs = 500

const asking = async (api: RunningApi, over: AbortSignal): Promise<ReadonlyArray<number>> => {
  const askedAt: Array<number> = []
  while (!over.aborted) {
    const email = users[askedAt.length % users.length]?.email
    askedAt.push(monotonicMs())
    const answer = await fetch(`${api.url}/api/auth/forgot-password`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ email })
    })
    if (answer.status !== 202) throw new Error(`a code was answered ${answer.status}`)
    await new Promise((resolve) => setTimeout(resolve, codeEveryMs))
  }
  return askedAt
}

const isCode = ({ subject }: SentMail): boolean => subject.includes("code")

/** Codes are sent in the order in which they were asked for. */
const waits = (askedAt: ReadonlyArray<number>, mails: ReadonlyArray<SentMail>) =>
  askedAt
    .map((asked, i) => (mails[i]?.at ?? Number.POSITIVE_INFINITY) - asked)
    .toSorted((a, b) => a - b)

async function measure(stage: Stage, { messages }: Pace): Promise<Sample> {
  const { ses } = stage.services
  const api = await stage.startApi()
  return withFullQueue(stage, messages, async () => {
    const over = new AbortController()
    stage.startWorker()
    const codes = asking(api, over.signal)
    const leastSeconds = messages / mailsPerSecond
    const began = await stage.within("the first mail", 30, (signal) => ses.count(1, signal))
    const all = await stage.within("mailing", 3 * leastSeconds + 30, async (signal) => {
      for (let mails = messages; ; mails++) {
        await Promise.race([ses.count(mails, signal), codes])
        const sent = await ses.mails()
        if (mailedAt(sent).size === messages) return sent
        mails = sent.length
      }
    })
    over.abort()
    const askedAt = await codes
    await stage.within("the last code", 30, (signal) =>
      ses.count(messages + askedAt.length, signal)
    )
    const mails = await ses.mails()
    const ofOrders = mails.filter((mail) => !isCode(mail))
    const took = ((all.findLast((mail) => !isCode(mail))?.at ?? 0) - began.at) / 1000
    const sorted = waits(askedAt, mails.filter(isCode))
    return {
      value: took / leastSeconds,
      perSecond: mailsPerSecond,
      ...{ p50: quantile(sorted, 0.5), p99: quantile(sorted, 0.99) },
      ...mailedTwice(ofOrders.length - messages)
    }
  })
}

export const mailRate = (system: Contestant): Workload => ({
  name: "mail-rate",
  title: "Mails of a backlog at a shared rate, with codes among them (their p50, p99)",
  ...{ unit: "× the least", better: "lower", measure },
  contestants: [{ ...system, env: () => ({ SES_MAX_PER_SECOND: String(mailsPerSecond) }) }],
  open: (services, contestant, { messages }) => pendingOrders(services, contestant, messages)
})
