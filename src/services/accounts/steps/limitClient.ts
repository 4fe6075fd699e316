// The limits of a client on what concerns accounts. An IPv6 address counts twice: for its /64, which is what
// one customer has, and for its /48, since a provider gives a whole one to each customer who asks for it.
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
