// Port: rate limits. The rules are those of the contract, as data.
import { Context, Data, type Effect } from "effect"

export interface RateRule {
  /** The number of uses in a window. */
  readonly limit: number
  readonly windowSeconds: number
}

const minute = 60
const hour = 60 * minute

/** Before `RATE_LIMIT_FACTOR`, which multiplies every `limit`. */
export const rateRules = {
  client: { limit: 600, windowSeconds: minute },
  registerClient: { limit: 20, windowSeconds: hour },
  registerAddress: { limit: 5, windowSeconds: hour },
  forgotClient: { limit: 20, windowSeconds: hour },
  forgotAddress: { limit: 5, windowSeconds: hour },
  /** Resets by one client for one address: by mail they are allowed also when other clients have used up its five. */
  forgotClientAddress: { limit: 5, windowSeconds: hour },
  /** Mails with one code that requests share, see `startSharedReset`. */
  sharedResetMail: { limit: 1, windowSeconds: hour },
  forgotDevice: { limit: 5, windowSeconds: hour },
  /** Over all operations that send codes: as many as a client may try (`verifyClient`). */
  codeClient: { limit: 60, windowSeconds: hour },
  codeRecipient: { limit: 5, windowSeconds: hour },
  /**
   * Codes by SMS that prove a phone, to the 10,000 numbers of one block (see `phoneNumber.ts`). Enough for four people
   * of a block with five codes each. With `resetBlock` an attacker who owns a block gets at most 40 messages an hour.
   */
  smsBlock: { limit: 20, windowSeconds: hour },
  /**
   * Resets by SMS, counted apart: a count that they shared with codes that prove a phone would tell
   * the asker of one of these that a reset of some address went there.
   */
  resetPhone: { limit: 5, windowSeconds: hour },
  resetBlock: { limit: 20, windowSeconds: hour },
  loginAccount: { limit: 10, windowSeconds: 15 * minute },
  loginClient: { limit: 30, windowSeconds: 15 * minute },
  /** For a known device, instead of the two above, which strangers can use up. */
  loginDevice: { limit: 10, windowSeconds: 15 * minute },
  passwordSession: { limit: 10, windowSeconds: 15 * minute },
  /** Right passwords, see `limitLogins`: each costs a hash, and leaves a session and its events. */
  loginSuccessAccount: { limit: 100, windowSeconds: hour },
  loginSuccessClient: { limit: 120, windowSeconds: 15 * minute },
  /** Records of a refusal: one for a subject, and bounded in all. */
  refusalSubject: { limit: 1, windowSeconds: 15 * minute },
  refusals: { limit: 60, windowSeconds: hour },
  verifyClient: { limit: 60, windowSeconds: hour },
  /** Over the clients of one /48 of IPv6, twice as much as for one of them. */
  registerNetwork: { limit: 40, windowSeconds: hour },
  forgotNetwork: { limit: 40, windowSeconds: hour },
  codeNetwork: { limit: 120, windowSeconds: hour },
  loginSuccessNetwork: { limit: 240, windowSeconds: 15 * minute },
  loginNetwork: { limit: 60, windowSeconds: 15 * minute },
  verifyNetwork: { limit: 120, windowSeconds: hour },
  refreshSession: { limit: 60, windowSeconds: minute },
  /** Changes of a password by a caller who knows it: each hashes twice, and sends its owner a mail. */
  changePasswordUser: { limit: 10, windowSeconds: hour },
  /** Events of refused access, see `auditDenied`. */
  deniedUser: { limit: 20, windowSeconds: hour },
  deniedClient: { limit: 60, windowSeconds: hour },
  /** Events of one administrator who reads one order, see `recordRead`. */
  orderReading: { limit: 1, windowSeconds: 15 * minute },
  ordersUser: { limit: 120, windowSeconds: minute }
} as const satisfies Record<string, RateRule>
export type RateRuleName = keyof typeof rateRules

/** The rule with its limit multiplied by `factor`; it stays at least 1. */
export const scaledRule = (rule: RateRuleName, factor: number): RateRule => {
  const { limit, windowSeconds } = rateRules[rule]
  return { limit: Math.max(1, Math.round(limit * factor)), windowSeconds }
}

/** The remaining uses of a rule for a subject. */
export interface Quota {
  readonly limit: number
  readonly windowSeconds: number
  readonly remaining: number
  /** Seconds until more is allowed: a whole number, 1 at least. */
  readonly resetSeconds: number
}

/** The remaining uses after `count` uses in a window that ends in `millis`. */
export const quotaOf = (
  { limit, windowSeconds }: RateRule,
  count: number,
  millis: number
): Quota => ({
  limit,
  windowSeconds,
  remaining: Math.max(0, limit - count),
  // At least a second: a client would retry "after 0 seconds" while the window is still open.
  resetSeconds: Math.max(1, Math.ceil(millis / 1000))
})

export class RateLimited extends Data.TaggedError("RateLimited")<{
  readonly rule: RateRuleName
  readonly quota: Quota
}> {}

export class RateLimiter extends Context.Service<
  RateLimiter,
  {
    /**
     * Counts one use of `rule` by `subject` (an address, account or client), atomically, or refuses it
     * uncounted. Never fails otherwise: while the shared counter is away, each process counts alone.
     */
    readonly take: (rule: RateRuleName, subject: string) => Effect.Effect<Quota, RateLimited>
    /** Refuses when `take` would, and counts nothing: for rules that count when the outcome is known. */
    readonly check: (rule: RateRuleName, subject: string) => Effect.Effect<void, RateLimited>
    /** Takes back one use: for rules that count failures only, counted before the outcome is known. */
    readonly giveBack: (rule: RateRuleName, subject: string) => Effect.Effect<void>
    /**
     * Forgets all uses of `rule` by `subject`: for rules that count failures only, once the subject has
     * proven its identity in another way. While the shared counter is away, only this process forgets.
     */
    readonly clear: (rule: RateRuleName, subject: string) => Effect.Effect<void>
  }
>()("services/runtime/RateLimiter") {}
