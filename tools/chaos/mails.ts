// Counts mails, those about each status of an order by themselves. SES has no idempotency token, so a second mail can't be ruled out where no process could
// learn or write down that the first was sent; it must not happen anywhere else. The rule:
//
// A send that SES accepted is recorded when the mail became "sent" before a process claimed it
// again (or, within the same claim, sent it again). One that is not recorded is excused when an
// interruption of its sender (kill -9, SIGSTOP), of SES's answers, or of the database fell between the
// send and that next claim, and no later than a send and its record may take. Each excused send allows
// one mail more. A mail that follows a recorded send, or an unrecorded one that nothing interrupted,
// is allowed by nothing.
import type { SesMail, SesSend } from "../harness/ses-control.ts"
import type { History, Written } from "./history.ts"
import type { Interruption } from "./interruptions.ts"

export interface MailCount {
  /** Mails beyond the first about a status, over all orders. */
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

/** What an order's mail may be about. */
export type MailKind = "confirmed" | "fulfilled" | "cancelled" | "failed"

const kinds: Readonly<Record<string, MailKind>> = {
  "is confirmed": "confirmed",
  "is fulfilled": "fulfilled",
  "is cancelled": "cancelled",
  "could not be fulfilled": "failed"
}

/**
 * What a mail tells, and the name of its order: the number, or, from the previous version, the id. None for a mail with a
 * code.
 */
const toldIn = ({ subject }: { readonly subject: string }) => {
  const [, name, told] = /^Your order (\S+) (.*)$/.exec(subject) ?? []
  const kind = kinds[told ?? ""]
  return name === undefined || kind === undefined ? undefined : { name, kind }
}

/** The key of an order's mail about that. */
export const mailKey = (orderId: string, kind: MailKind): string => `${orderId} ${kind}`

interface Mails<A> {
  readonly orderId: string
  readonly kind: MailKind
  readonly all: Array<A>
}

/** By `mailKey`. */
export const mailsByKey = <A extends { readonly subject: string }>(
  all: ReadonlyArray<A>,
  numbered: Numbered
): ReadonlyMap<string, Mails<A>> => {
  const groups = new Map<string, Mails<A>>()
  for (const one of all) {
    const told = toldIn(one)
    if (told === undefined) continue
    const orderId = numbered.get(told.name) ?? told.name
    const key = mailKey(orderId, told.kind)
    const group = groups.get(key) ?? { orderId, kind: told.kind, all: [] }
    group.all.push(one)
    groups.set(key, group)
  }
  return groups
}

/** The state of the mail after a write, where the write set it. */
const stateIn = ({ confirmation, notice }: Written, kind: MailKind): string | undefined =>
  kind === "confirmed" ? confirmation : notice

const wasAccepted = ({ outcome }: SesSend): boolean =>
  outcome === "delivered" || outcome === "deliver-then-reset"

/** When the decision to send again was made: by the claim for it, or else by the send itself. */
const decidedAt = (
  send: SesSend,
  next: SesSend,
  kind: MailKind,
  history: ReadonlyArray<Written>
): number =>
  history.findLast(
    (write) => stateIn(write, kind) === "sending" && write.at > send.at && write.at <= next.at
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

/** One accepted send, with the next one of the same mail, if there is one. */
function judgeSend(
  send: SesSend,
  next: SesSend | undefined,
  kind: MailKind,
  writes: ReadonlyArray<Written>,
  interruptions: ReadonlyArray<Interruption>
): Judged {
  const recordedAt = writes.find((write) => stateIn(write, kind) === "sent")?.at ?? never
  const again = next ? decidedAt(send, next, kind, writes) : never
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
  return { excused: false, unexcused: `"${send.subject}" was sent ${sends}, ${why}` }
}

export function countMails({
  inbox,
  sends,
  history,
  interruptions,
  numbered
}: Observed): MailCount {
  const judged = [...mailsByKey(sends, numbered).values()].flatMap(({ orderId, kind, all }) => {
    const accepted = all.filter(wasAccepted).toSorted((a, b) => a.at - b.at)
    const writes = history.get(orderId) ?? []
    return accepted.map((send, i) => judgeSend(send, accepted[i + 1], kind, writes, interruptions))
  })
  const mails = [...mailsByKey(inbox, numbered).values()]
  return {
    twice: mails.reduce((sum, { all }) => sum + all.length - 1, 0),
    allowed: judged.filter(({ excused }) => excused).length,
    unexcused: judged.flatMap(({ unexcused }) => unexcused ?? [])
  }
}
