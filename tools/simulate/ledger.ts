// What truly happened in a run, written down where effects take place and not where they are answered,
// and the invariants that hold at every moment. The first one that does not ends the run.
import { Option } from "effect"
import type { OrderDraft } from "../../src/services/orders/model/allocate.ts"
import type { OrderRecord } from "../../src/services/orders/model/Order.ts"
import { timeToLiveSeconds } from "../../src/services/orders/ports/OrderCache.ts"
import { problemOfWrite } from "./records.ts"
import type { Trace } from "./trace.ts"

/** A mail that was handed to the mail service, or may have been. */
export interface Send {
  readonly orderId: string
  readonly process: string
  /** Whether it went out. */
  happened: boolean
  /** When the store knew of it, as a count of events: many share a millisecond. */
  recordedAt: number | undefined
  /** Something was injected between its beginning and its record: a second mail is excused, once. */
  disturbed: boolean
  excusing: boolean
}

interface Claim {
  readonly process: string
  readonly claimId: string
  /** As a count of events. */
  readonly at: number
}

export interface Violation {
  readonly invariant: string
  readonly detail: string
  /** Virtual milliseconds. */
  readonly at: number
}

const minResendMillis = 60_000
/** What a read may take from the store to the cache, on top of an entry's life. */
const readMillis = 30_000

export interface Ledger extends ReturnType<typeof makeLedger> {}

export const makeLedger = (
  now: () => number,
  trace: Trace,
  orders: () => ReadonlyMap<string, OrderRecord>
) => {
  const names = new Map<string, string>()
  const sends = new Map<string, Array<Send>>()
  const claims = new Map<string, Claim>()
  const orderByKey = new Map<string, string>()
  const answeredByKey = new Map<string, string>()
  const takenAt = new Map<string, number>()
  /** When each version was stored, by order. */
  const storedAt = new Map<string, Array<number>>()
  const cacheTroubleAt = new Map<string, number>()
  const seen = new Map<string, number>()
  const counts = new Map<string, number>()
  let events = 0
  let stoodStillUntil = Number.NEGATIVE_INFINITY
  let violation: Violation | undefined

  const nextEvent = (): number => {
    events += 1
    return events
  }

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

  const sendsOf = (orderId: string): Array<Send> => {
    const known = sends.get(orderId) ?? []
    sends.set(orderId, known)
    return known
  }

  const mailsOf = (orderId: string): number =>
    sendsOf(orderId).filter(({ happened }) => happened).length

  const openSends = (process: string) =>
    Array.from(sends.values()).flatMap((of) =>
      of.filter((send) => send.process === process && send.recordedAt === undefined)
    )

  /** A write of the store. */
  const stored = (before: OrderRecord | undefined, after: OrderRecord): void => {
    const { id, version } = after.order
    const problem = problemOfWrite(before, after)
    if (problem !== undefined) violate(problem.invariant, `${name(id)} ${problem.detail}`)
    const at = storedAt.get(id) ?? []
    storedAt.set(id, at)
    at[version] ??= now()
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

  const claimed = (orderId: string, process: string, claimId: string): void => {
    if (claims.get(orderId)?.claimId === claimId) return
    claims.set(orderId, { process, claimId, at: nextEvent() })
  }

  const sendBegins = (orderId: string, process: string, disturbed: boolean): Send => {
    const send: Send = {
      orderId,
      process,
      happened: false,
      recordedAt: undefined,
      disturbed,
      excusing: false
    }
    sendsOf(orderId).push(send)
    return send
  }

  /**
   * What excuses a second mail: an earlier one, not known to the store when this one was claimed because
   * something was injected, or a pause of this one's sender between its last look and its sending.
   */
  const excuseOf = (send: Send, claimedAt: number): Send | undefined =>
    sendsOf(send.orderId).find(
      ({ disturbed, excusing, happened, recordedAt }) =>
        disturbed && !excusing && happened && (recordedAt === undefined || recordedAt > claimedAt)
    )

  /** A mail went out: only under a claim of its process, and again only where that is excused. */
  const sendHappens = (send: Send): void => {
    const { orderId, process } = send
    const claim = claims.get(orderId)
    count("mails")
    send.happened = true
    if (claim === undefined)
      violate("mail under a claim", `${name(orderId)} was mailed and never claimed`)
    if (mailsOf(orderId) === 1) return
    count("second mails")
    trace.add(process, `sends a second mail for ${name(orderId)}`)
    const excuse = excuseOf(send, claim?.process === process ? claim.at : 0)
    if (excuse === undefined)
      violate(
        "no second mail without an unrecorded one",
        `${name(orderId)} by ${process}, with nothing injected between the earlier mail and its record`
      )
    else excuse.excusing = true
  }

  const disturbed = (process: string): void => {
    for (const send of openSends(process)) send.disturbed = true
  }

  /** A process stands still: what it has read is old when it goes on, and may then be cached. */
  const standsStill = (process: string, until: number): void => {
    stoodStillUntil = Math.max(stoodStillUntil, until)
    disturbed(process)
  }

  const recordDisturbed = (process: string, orderIds: ReadonlyArray<string>): void => {
    for (const send of openSends(process))
      if (orderIds.includes(send.orderId)) send.disturbed = true
  }

  const recorded = (orderId: string, process: string): void => {
    for (const send of sendsOf(orderId))
      if (send.process === process) send.recordedAt ??= nextEvent()
  }

  const disturbedMails = (): number =>
    Array.from(sends.values())
      .flat()
      .filter(({ happened, disturbed: was }) => happened && was).length

  /** The watchdog took an order, by its own clock. */
  const taken = (orderId: string, at: number): void => {
    count("re-sent")
    const before = takenAt.get(orderId)
    if (before !== undefined && at - before < minResendMillis)
      violate(
        "re-sends grow apart",
        `${name(orderId)} was re-sent twice within ${(at - before) / 1000} s`
      )
    takenAt.set(orderId, at)
  }

  /** A process stopped in time and untroubled: it holds on to nothing. */
  const handedBack = (
    process: string,
    records: ReadonlyMap<string, OrderRecord>,
    hostMillis: number
  ): void => {
    for (const { order, claim } of records.values()) {
      const held = claims.get(order.id)
      if (Option.isNone(claim) || held?.claimId !== claim.value.id || held.process !== process)
        continue
      if (order.confirmation.state === "sending" && claim.value.leaseUntil.getTime() > hostMillis)
        violate("work is handed back", `${process} stopped and still claims ${name(order.id)}`)
    }
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

  /** In quiet times every write reaches readers at once. */
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
    violate,
    violation: () => violation,
    stored,
    placed,
    answered,
    claimed,
    sendBegins,
    sendHappens,
    disturbed,
    standsStill,
    recordDisturbed,
    recorded,
    disturbedMails,
    mailsOf,
    taken,
    handedBack,
    cacheTrouble,
    read,
    readFresh
  }
}
