// Counts mails. SES has no idempotency token, so a second mail can't be ruled out where no process could
// learn or write down that the first was sent; it must not happen anywhere else. The rule:
//
// A send that SES accepted is recorded when the order became "sent" before anybody claimed its mail
// again (or, within the same claim, sent it again). One that is not recorded is excused when an
// interruption of its sender (kill -9, SIGSTOP), of SES's answers, or of the database fell between the
// send and that next claim, and no later than a send and its record may take. Each excused send allows
// one mail more. A mail that follows a recorded send, or an unrecorded one that nothing interrupted,
// is allowed by nothing.
import type { SesMail, SesSend } from "../harness/ses-control.ts"
import type { History, Written } from "./history.ts"
import type { Interruption } from "./interruptions.ts"

export interface MailCount {
  /** Mails beyond the first, over all orders. */
  readonly twice: number
  /** Accepted sends whose outcome was unrecorded when something was interrupted. */
  readonly allowed: number
  /** The second mails that nothing excuses, to look for the bug. */
  readonly unexcused: ReadonlyArray<string>
}

/** SES's deadline (8 s) and the record. */
const sendAndRecordMs = 10_000

/** Ids of orders by their numbers. */
type Numbered = ReadonlyMap<string, string>

/** What a mail calls the order that it confirms, its number or as the version before its id; none for other mails. */
const nameIn = ({ subject }: { readonly subject: string }): string | undefined =>
  /^Your order (\S+) is confirmed$/.exec(subject)?.[1]

const groupByOrder = <A extends { readonly subject: string }>(
  all: ReadonlyArray<A>,
  numbered: Numbered
) => {
  const groups = new Map<string, Array<A>>()
  for (const one of all) {
    const name = nameIn(one)
    if (name === undefined) continue
    const id = numbered.get(name) ?? name
    groups.set(id, [...(groups.get(id) ?? []), one])
  }
  return groups
}

export const mailsByOrder = (inbox: ReadonlyArray<SesMail>, numbered: Numbered) =>
  groupByOrder(inbox, numbered)

const wasAccepted = ({ outcome }: SesSend): boolean =>
  outcome === "delivered" || outcome === "deliver-then-reset"

/** When the decision to send again was made: by the claim for it, or else by the send itself. */
const decidedAt = (send: SesSend, next: SesSend, history: ReadonlyArray<Written>): number =>
  history.findLast(
    ({ at, confirmation }) => confirmation === "sending" && at > send.at && at <= next.at
  )?.at ?? next.at

const covers = ({ caller, from, to }: Interruption, send: SesSend, until: number): boolean =>
  (caller === undefined || caller === send.caller) && from <= until && to >= send.at

interface Judged {
  readonly excused: boolean
  /** What is wrong with the send that follows, where nothing excuses it. */
  readonly unexcused: string | undefined
}

type Observed = {
  readonly inbox: ReadonlyArray<SesMail>
  readonly sends: ReadonlyArray<SesSend>
  readonly history: History
  readonly interruptions: ReadonlyArray<Interruption>
  readonly numbered: Numbered
}

const never = Number.POSITIVE_INFINITY

/** One accepted send, with the next one of the same order, if there is one. */
function judgeSend(
  send: SesSend,
  next: SesSend | undefined,
  writes: ReadonlyArray<Written>,
  interruptions: ReadonlyArray<Interruption>
): Judged {
  const recordedAt = writes.find(({ confirmation }) => confirmation === "sent")?.at ?? never
  const again = next ? decidedAt(send, next, writes) : never
  const recorded = recordedAt < again
  const until = Math.min(again, send.at + sendAndRecordMs)
  const interrupted =
    send.outcome === "deliver-then-reset" ||
    interruptions.some((interruption) => covers(interruption, send, until))
  if (!recorded && interrupted) return { excused: true, unexcused: undefined }
  if (next === undefined) return { excused: false, unexcused: undefined }
  const when = (at: number): string => new Date(at).toISOString()
  const why = recorded ? "though it was recorded" : "unrecorded for no reason"
  const sends = [send, next].map(({ caller, at }) => `by ${caller} at ${when(at)}`).join(" and ")
  return { excused: false, unexcused: `order ${nameIn(send)} was mailed ${sends}, ${why}` }
}

export function countMails({
  inbox,
  sends,
  history,
  interruptions,
  numbered
}: Observed): MailCount {
  const judged = [...groupByOrder(sends, numbered)].flatMap(([orderId, attempts]) => {
    const accepted = attempts.filter(wasAccepted).toSorted((a, b) => a.at - b.at)
    const writes = history.get(orderId) ?? []
    return accepted.map((send, i) => judgeSend(send, accepted[i + 1], writes, interruptions))
  })
  const mails = [...mailsByOrder(inbox, numbered).values()]
  return {
    twice: mails.reduce((sum, { length }) => sum + length - 1, 0),
    allowed: judged.filter(({ excused }) => excused).length,
    unexcused: judged.flatMap(({ unexcused }) => unexcused ?? [])
  }
}
