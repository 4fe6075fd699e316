// Which mails truly went out: under whose claim, for which request, in which order, and within the rate that all
// processes share.
import { Option } from "effect"
import {
  burstSeconds,
  codesBurstSeconds,
  codesPart,
  leastBurst
} from "../../src/services/messaging/SendRate.ts"
import { mailOf } from "../../src/services/orders/model/changes.ts"
import type { ClaimedMail } from "../../src/services/orders/model/mailClaims.ts"
import type { OrderRecord } from "../../src/services/orders/model/Order.ts"
import { isMailed, type MailKind } from "../../src/services/orders/model/OrderStatus.ts"
import type { Plan } from "./plan.ts"
import type { Trace } from "./trace.ts"

/** What a mail is about. */
export interface MailedOrder {
  readonly orderId: string
  readonly kind: MailKind
}

interface RequestedMail extends MailedOrder {
  readonly request: number
}

/** A mail that was handed to the mail service, or may have been. */
export interface Send extends RequestedMail {
  readonly process: string
  /** None: it was never claimed. */
  readonly claim: Claim | undefined
  /** Whether it went out. */
  happened: boolean
  /** When the store knew that it is out, as a count of events: many share a millisecond. */
  recordedAt: number | undefined
  /** Something was injected between its claim and its record: a second mail is excused, once. */
  disturbed: boolean
  excusing: boolean
}

export interface Claim {
  readonly process: string
  readonly claimId: string
  readonly kind: MailKind
  readonly request: number
  /** As a count of events. */
  readonly event: number
  /** Virtual milliseconds. */
  readonly at: number
  /** When the process first claimed this mail. */
  readonly since: number
}

/** A sender was told that its mail may be out. */
interface Unknown {
  readonly process: string
  readonly at: number
  /** The store knows of it. */
  noted: boolean
  /** Something kept the store from knowing, or moved the clocks. */
  interrupted: boolean
}

interface Hand {
  readonly at: number
  left: number
}

/** Five minutes, less what clocks differ by and what a claim may be early by. */
const unknownMillis = 285_000
/** Between two attempts of a record that fails: the deadline of a call, a pause, and a call that is slow. */
const recordPauseMillis = 20_000
/** A token that was not used by then has lapsed: its mail would come on top of the rate. */
const tokenLifeMillis = 60_000
/** A claim looks at the clock so long before it is made: three calls at most, and the pauses between them. */
const claimMillis = 25_000
/** Probes within the longest outage, and those that were on their way when it began. */
const maxProbes = 14

export interface MailLedgerOptions {
  readonly now: () => number
  readonly trace: Trace
  readonly plan: Plan
  readonly name: (orderId: string) => string
  readonly count: (what: string, by?: number) => void
  readonly violate: (invariant: string, detail: string) => void
}

export const makeMailLedger = ({ now, trace, plan, name, count, violate }: MailLedgerOptions) => {
  const sends = new Map<string, Array<Send>>()
  /** The latest claim on each order, and the latest of each process on each of its mails. */
  const claims = new Map<string, Claim>()
  const ownClaims = new Map<string, Claim>()
  const unknowns = new Map<string, Unknown>()
  const recordTroubleAt = new Map<string, number>()
  const outageAttempts = new Map<string, number>()
  const hands = new Map<string, Array<Hand>>()
  let events = 0
  let jumpedAt = Number.NEGATIVE_INFINITY

  const nextEvent = (): number => {
    events += 1
    return events
  }

  const sendsOf = (orderId: string): Array<Send> => {
    const known = sends.get(orderId) ?? []
    sends.set(orderId, known)
    return known
  }

  const everySend = () => Array.from(sends.values()).flat()

  const openSends = (process: string) =>
    everySend().filter((send) => send.process === process && send.recordedAt === undefined)

  /** Whether both are about the same, and were asked for by the same request. */
  const isSame = (a: RequestedMail, b: RequestedMail): boolean =>
    a.kind === b.kind && a.request === b.request

  const countOf = (mail: RequestedMail): number =>
    sendsOf(mail.orderId).filter((send) => send.happened && isSame(send, mail)).length

  const keyOf = ({ orderId, kind, request }: RequestedMail) => `${orderId} ${kind} ${request}`

  /** Whether a mail of that kind went out. */
  const wasTold = (orderId: string, kind: MailKind): boolean =>
    sendsOf(orderId).some((send) => send.happened && send.kind === kind)

  /** What a process has not told the store yet may never reach it. */
  const interrupt = (process: string): void => {
    for (const unknown of unknowns.values())
      if (unknown.process === process && !unknown.noted) unknown.interrupted = true
  }

  const claimed = (
    { order, kind, request }: ClaimedMail,
    process: string,
    claimId: string
  ): void => {
    const { id, status } = order
    if (!isMailed(status))
      violate("no pending order is mailed", `${name(id)} is ${status}, and was claimed`)
    if (claims.get(id)?.claimId === claimId) return
    const unknown = unknowns.get(keyOf({ orderId: id, kind, request }))
    if (unknown?.noted && !unknown.interrupted && now() - unknown.at < unknownMillis)
      violate(
        "a mail that may be out is not tried again soon",
        `${name(id)} was claimed by ${process} ${now() - unknown.at} ms after`
      )
    if (unknown !== undefined && !unknown.noted) unknown.interrupted = true
    const key = `${process} ${id} ${kind}`
    const own = ownClaims.get(key)
    const since = own?.request === request ? own.since : now()
    const claim = { process, claimId, kind, request, event: nextEvent(), at: now(), since }
    claims.set(id, claim)
    ownClaims.set(key, claim)
  }

  /** Under which a process sends that decides to now. */
  const claimOf = ({ orderId, kind }: MailedOrder, process: string): Claim | undefined =>
    ownClaims.get(`${process} ${orderId} ${kind}`)

  const sendBegins = (
    { orderId, kind }: MailedOrder,
    process: string,
    claim: Claim | undefined,
    late: boolean
  ): Send => {
    const send: Send = {
      orderId,
      kind,
      request: claim?.request ?? 0,
      process,
      claim,
      happened: false,
      recordedAt: undefined,
      // Clocks that jump end leases early, also those of the process itself.
      disturbed: late || (claim !== undefined && claim.since - claimMillis <= jumpedAt),
      excusing: false
    }
    sendsOf(orderId).push(send)
    return send
  }

  /** Whether a record was being tried in vain when another claim was made. */
  const couldNotRecord = ({ process }: Send, at: number): boolean =>
    at - (recordTroubleAt.get(process) ?? Number.NEGATIVE_INFINITY) < recordPauseMillis

  /**
   * What excuses a second mail: an earlier one, not known to the store when this one was claimed because
   * something was injected, or a pause of this one's sender between its last look and its sending.
   */
  const excuseOf = (send: Send, claim: Claim): Send | undefined =>
    sendsOf(send.orderId).find(
      (earlier) =>
        isSame(earlier, send) &&
        earlier.happened &&
        !earlier.excusing &&
        (earlier.recordedAt === undefined || earlier.recordedAt > claim.event) &&
        (earlier.disturbed || couldNotRecord(earlier, claim.at))
    )

  /** A mail went out: only under a claim of its process, and again only where that is excused. */
  const sendHappens = (send: Send): void => {
    const { orderId, kind, process, claim } = send
    count("mails")
    if (kind !== "confirmed") count("notices")
    send.happened = true
    if (claim === undefined) {
      violate("mail under a claim", `${name(orderId)} was told ${kind} by ${process} without one`)
      return
    }
    // A second one is judged below: it may be under way when the record of the first lets the order go on.
    if (
      kind === "confirmed" &&
      countOf(send) === 1 &&
      !send.disturbed &&
      sendsOf(orderId).some((other) => other.happened && other.kind !== kind)
    )
      violate("mails come in the order of the changes", `${name(orderId)} by ${process}`)
    if (countOf(send) === 1) return
    count("second mails")
    trace.add(process, `sends a second mail for ${name(orderId)}`)
    const excuse = excuseOf(send, claim)
    if (excuse === undefined)
      violate(
        "no second mail without an unrecorded one",
        `${name(orderId)} by ${process}, with nothing injected between the earlier mail and its record`
      )
    else {
      excuse.excusing = true
      excuse.disturbed = true
    }
  }

  const isUnknown = ({ orderId, kind }: MailedOrder, process: string): void => {
    const claim = claims.get(orderId)
    // Another process has taken the mail over and says what came of it, or the order went on.
    if (claim?.process !== process || claim.kind !== kind) return
    // A clock that jumped since ended the lease, so that the mail was claimed again before this was known.
    const interrupted = claim.since - claimMillis <= jumpedAt
    const unknown = { process, at: now(), noted: false, interrupted }
    unknowns.set(keyOf({ orderId, kind, request: claim.request }), unknown)
  }

  const disturbed = (process: string): void => {
    for (const send of openSends(process)) send.disturbed = true
    interrupt(process)
  }

  const jumped = (): void => {
    jumpedAt = now()
    for (const send of everySend()) if (send.recordedAt === undefined) send.disturbed = true
    for (const unknown of unknowns.values()) unknown.interrupted = true
  }

  /** A record failed: it is tried again. */
  const recordFailed = (process: string): void => {
    recordTroubleAt.set(process, now())
    interrupt(process)
  }

  /** A record died of a defect, and is given up. */
  const recordDied = (process: string, orderIds: ReadonlyArray<string>): void => {
    for (const send of openSends(process))
      if (orderIds.includes(send.orderId)) send.disturbed = true
    interrupt(process)
  }

  /** The store was told what came of a mail. */
  const recorded = (mail: RequestedMail, process: string, sent: boolean): void => {
    const unknown = unknowns.get(keyOf(mail))
    if (unknown?.process === process) unknown.noted = true
    if (!sent) return
    for (const send of sendsOf(mail.orderId))
      if (send.process === process && isSame(send, mail)) send.recordedAt ??= nextEvent()
  }

  const disturbedMails = (): number =>
    everySend().filter(({ happened, disturbed: was }) => happened && was).length

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
      if (mailOf(order).state === "sending" && claim.value.leaseUntil.getTime() > hostMillis)
        violate("work is handed back", `${process} stopped and still claims ${name(order.id)}`)
    }
  }

  /** A mail met an outage: it says nothing about the mail, so few others follow it. */
  const metOutage = (process: string, from: number): void => {
    const key = `${process} ${from}`
    const attempts = (outageAttempts.get(key) ?? 0) + 1
    outageAttempts.set(key, attempts)
    if (attempts > 2 * plan.worker.concurrency + maxProbes)
      violate("an outage stops the claiming", `${process} tried ${attempts} mails in it`)
  }

  const kept = (rate: number, seconds: number) => Math.max(Math.ceil(rate * seconds), leastBurst)
  const { mailsPerSecond } = plan
  /** The burst that the rate allows: unused tokens of confirmations, and what codes may have in advance. */
  const burst =
    kept(mailsPerSecond, burstSeconds) + kept(mailsPerSecond * codesPart, codesBurstSeconds)
  let level = burst
  let levelAt = 0

  /** Tokens of the bucket that all processes share. */
  const tokensTaken = (process: string, taken: number): void => {
    if (taken === 0) return
    level = Math.min(burst, level + ((now() - levelAt) * mailsPerSecond) / 1000) - taken
    levelAt = now()
    // What floating point loses.
    if (level < -0.001)
      violate("mails keep to the shared rate", `${process} takes ${taken}, ${-level} too many`)
    const hand = hands.get(process) ?? []
    hands.set(process, hand)
    hand.push({ at: now(), left: taken })
  }

  const usesToken = (process: string): void => {
    const hand = (hands.get(process) ?? []).filter(
      ({ at, left }) => left > 0 && now() - at < tokenLifeMillis
    )
    hands.set(process, hand)
    const [oldest] = hand
    if (oldest === undefined)
      violate("every mail has a token", `${process} sends one without a token of the last minute`)
    else oldest.left -= 1
  }

  return {
    countOf,
    wasTold,
    claimed,
    claimOf,
    sendBegins,
    sendHappens,
    isUnknown,
    disturbed,
    jumped,
    recordFailed,
    recordDied,
    recorded,
    disturbedMails,
    handedBack,
    metOutage,
    tokensTaken,
    usesToken
  }
}
