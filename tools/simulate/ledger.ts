// What truly happened in a run, written down where effects take place and not where they are answered,
// and the invariants that hold at every moment. The first one that does not ends the run.
import { Option } from "effect"
import type { Mail } from "../../src/services/messaging/Mailer.ts"
import type { OrderDraft } from "../../src/services/orders/model/allocate.ts"
import { mailOf } from "../../src/services/orders/model/changes.ts"
import type { OrderRecord } from "../../src/services/orders/model/Order.ts"
import { isMailed } from "../../src/services/orders/model/OrderStatus.ts"
import { timeToLiveSeconds } from "../../src/services/orders/ports/OrderCache.ts"
import { type MailedOrder, makeMailLedger } from "./mailLedger.ts"
import { toldInMail } from "./mails.ts"
import { confirmsUndisturbed, hasDefects, type Plan } from "./plan.ts"
import { problemOfWrite } from "./records.ts"
import type { Trace } from "./trace.ts"

export interface Violation {
  readonly invariant: string
  readonly detail: string
  /** Virtual milliseconds. */
  readonly at: number
}

const minTakingMillis = 60_000
/** Where nothing goes wrong before it; the mail service may be away. */
const confirmMillis = 5000
/** What a read may take from the store to the cache, on top of an entry's life. */
const readMillis = 30_000

export interface Ledger extends ReturnType<typeof makeLedger> {}

export const makeLedger = (
  now: () => number,
  trace: Trace,
  plan: Plan,
  orders: () => ReadonlyMap<string, OrderRecord>
) => {
  const defects = hasDefects(plan)
  const undisturbed = confirmsUndisturbed(plan)
  const names = new Map<string, string>()
  const idsByNumber = new Map<string, string>()
  const orderByKey = new Map<string, string>()
  const answeredByKey = new Map<string, string>()
  const takenAt = new Map<string, number>()
  /** When each version was stored, by order. */
  const storedAt = new Map<string, Array<number>>()
  const cacheTroubleAt = new Map<string, number>()
  const seen = new Map<string, number>()
  const counts = new Map<string, number>()
  let stoodStillUntil = Number.NEGATIVE_INFINITY
  let violation: Violation | undefined

  const count = (what: string, by = 1): void => {
    counts.set(what, (counts.get(what) ?? 0) + by)
  }

  const violate = (invariant: string, detail: string): void => {
    if (violation !== undefined) return
    violation = { invariant, detail, at: now() }
    trace.add("INVARIANT", `${invariant}: ${detail}`)
  }

  const name = (orderId: string): string => {
    const known = names.get(orderId)
    if (known !== undefined) return known
    const fresh = `o${names.size + 1}`
    names.set(orderId, fresh)
    return fresh
  }

  /** The order that a mail is about, and what it tells; undefined for a mail with a code. */
  const orderOfMail = (mail: Mail): MailedOrder | undefined => {
    const told = toldInMail(mail)
    const orderId = idsByNumber.get(told?.number ?? "")
    return told === undefined || orderId === undefined ? undefined : { orderId, kind: told.kind }
  }

  const mails = makeMailLedger({ now, trace, plan, name, count, violate })

  const checkMailed = ({ order, mailRequest: request }: OrderRecord): void => {
    const { id, status, confirmation, notice } = order
    const kind = notice !== undefined && isMailed(status) ? status : "confirmed"
    if (mailOf(order).state === "sent" && mails.countOf({ orderId: id, kind, request }) === 0)
      violate("sent means mailed", `${name(id)} was not, for request ${request}`)
    if (notice !== undefined && confirmation.state === "sent" && !mails.wasTold(id, "confirmed"))
      violate("sent means mailed", `${name(id)} was not, that it was confirmed`)
  }

  /** A write of the store. */
  const stored = (before: OrderRecord | undefined, after: OrderRecord): void => {
    const { id, number, version, status } = after.order
    idsByNumber.set(number, id)
    const problem = problemOfWrite(before, after, { defects })
    if (problem !== undefined) violate(problem.invariant, `${name(id)} ${problem.detail}`)
    checkMailed(after)
    const at = storedAt.get(id) ?? []
    storedAt.set(id, at)
    at[version] ??= now()
    const waited = now() - (at[1] ?? now())
    if (
      undisturbed &&
      before?.order.status === "pending" &&
      status === "confirmed" &&
      waited > confirmMillis
    )
      violate("confirming waits for no mail", `${name(id)} was pending for ${waited} ms`)
  }

  /** An order that a place call made (again, where its answer was lost). */
  const placed = (draft: OrderDraft): void => {
    count("orders stored")
    if (Option.isNone(draft.idempotencyKey)) return
    const key = `${draft.userId} ${draft.idempotencyKey.value}`
    const earlier = orderByKey.get(key)
    if (earlier !== undefined && earlier !== draft.id)
      violate("one order per key", `${key} made ${name(earlier)} and ${name(draft.id)}`)
    orderByKey.set(key, draft.id)
  }

  /** A client's 201. */
  const answered = (userId: string, key: string | null, orderId: string): void => {
    count("answers 201")
    if (!orders().has(orderId)) violate("a 201 is durable", `${name(orderId)} is not stored`)
    if (key === null) return
    const of = `${userId} ${key}`
    const earlier = answeredByKey.get(of)
    if (earlier !== undefined && earlier !== orderId)
      violate("one order per key", `${of} was answered ${name(earlier)} and ${name(orderId)}`)
    answeredByKey.set(of, orderId)
  }

  /** A process stands still: what it has read is old when it goes on, and may then be cached. */
  const standsStill = (process: string, until: number): void => {
    stoodStillUntil = Math.max(stoodStillUntil, until)
    mails.disturbed(process)
  }

  /** The watchdog took an order, by its own clock. */
  const taken = (orderId: string, at: number): void => {
    count("taken by the watchdog")
    const before = takenAt.get(orderId)
    if (before !== undefined && at - before < minTakingMillis)
      violate(
        "the watchdog's looks grow apart",
        `${name(orderId)} was taken twice within ${(at - before) / 1000} s`
      )
    takenAt.set(orderId, at)
  }

  /** The cache may be behind for this order: a call for it failed, or its writer stopped. */
  const cacheTrouble = (orderId: string): void => {
    cacheTroubleAt.set(orderId, now())
  }

  /** When a version stopped being the newest. */
  const supersededAt = (orderId: string, version: number): number | undefined =>
    storedAt.get(orderId)?.[version + 1]

  const read = (reader: string, orderId: string, version: number, settled: boolean): void => {
    count("reads")
    const key = `${reader} ${orderId}`
    const before = seen.get(key) ?? 0
    seen.set(key, Math.max(before, version))
    const who = name(orderId)
    const kept = timeToLiveSeconds[settled ? "settled" : "unsettled"] * 1000
    const until = supersededAt(orderId, version)
    if (until !== undefined && now() - Math.max(until, stoodStillUntil) > kept + readMillis)
      violate("stale for at most the TTL", `${reader} read version ${version} of ${who}`)
    const troubledAt = Math.max(cacheTroubleAt.get(orderId) ?? stoodStillUntil, stoodStillUntil)
    const quiet = now() - troubledAt > timeToLiveSeconds.settled * 1000
    if (version < before && quiet)
      violate("readers see no older state", `${reader} read ${who} at ${version} after ${before}`)
  }

  /** In quiet times the next read sees every write. */
  const readFresh = (orderId: string, version: number, graceMillis: number): void => {
    const until = supersededAt(orderId, version)
    if (until !== undefined && now() - until > graceMillis)
      violate(
        "writes reach the cache",
        `${name(orderId)} was read at version ${version}, superseded ${now() - until} ms before`
      )
  }

  return {
    counts,
    count,
    name,
    orderOfMail,
    violate,
    violation: () => violation,
    stored,
    placed,
    answered,
    mails,
    standsStill,
    taken,
    cacheTrouble,
    read,
    readFresh
  }
}
