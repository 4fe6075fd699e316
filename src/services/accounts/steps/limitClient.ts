// The limits of a client on account operations. An IPv6 address counts twice: for its /64, which one customer has, and
// for its /48, since providers give a whole /48 to customers on request.
import { Effect } from "effect"
import { RateLimiter, type RateRuleName } from "../../runtime/RateLimiter.ts"

const networkRules = {
  registerClient: "registerNetwork",
  forgotClient: "forgotNetwork",
  codeClient: "codeNetwork",
  loginSuccessClient: "loginSuccessNetwork",
  loginClient: "loginNetwork",
  verifyClient: "verifyNetwork"
} as const satisfies Partial<Record<RateRuleName, RateRuleName>>
type ClientRule = keyof typeof networkRules

export type Limit = readonly [rule: RateRuleName, subject: string]

/** @param client an IPv4 address, or a /64 of IPv6 as `a:b:c:d::/64` */
export const clientLimits = (rule: ClientRule, client: string): ReadonlyArray<Limit> => {
  const network = client.match(/^(\w+:\w+:\w+):\w+::\/64$/u)?.[1]
  return network === undefined
    ? [[rule, client]]
    : [
        [rule, client],
        [networkRules[rule], `${network}::/48`]
      ]
}

/** Counts one use by a client. */
export const limitClient = Effect.fnUntraced(function* (rule: ClientRule, client: string) {
  const limiter = yield* RateLimiter
  for (const limit of clientLimits(rule, client)) yield* limiter.take(...limit)
})
