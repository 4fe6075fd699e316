// The codes by which Redis refuses a command, and the reaction to each. Valkey has the same. docs/reliability.md shows
// the table, and refusals.test.ts causes each of them on real servers.
import { Option } from "effect"
import type { Verdict } from "./CircuitBreaker.ts"

interface Refusal {
  /**
   * `away`: it takes no writes, or nothing at all. What it holds may be older than what was written since, so nothing
   * is read from it until a write works again.
   */
  readonly verdict: Verdict
  /** Whether the address may lead to another server by now, which a new connection finds. */
  readonly reconnect: boolean
  /** For operators, and free of secrets and addresses: `/readyz` shows it to every client. */
  readonly because: string
}

const away = (because: string): Refusal => ({ verdict: "away", reconnect: false, because })

const refusals = {
  READONLY: { verdict: "away", reconnect: true, because: "it is a replica" },
  MASTERDOWN: { verdict: "away", reconnect: true, because: "it is a replica without its primary" },
  LOADING: away("it is still loading its data"),
  BUSY: away("a script keeps it busy"),
  CLUSTERDOWN: away("its cluster is down"),
  MOVED: away("a key is on another node: REDIS_CLUSTER=true is missing, or the node is away"),
  NOREPLICAS: away("it has fewer replicas than its writes need"),
  MISCONF: away("it can't write to its disk"),
  NOAUTH: away("it asks for a password"),
  WRONGPASS: away("it does not accept the user or the password"),
  NOPERM: away("its user lacks a right"),
  OOM: { verdict: "answered", reconnect: false, because: "its memory is full" },
  NOSCRIPT: { verdict: "failed", reconnect: false, because: "it does not know a script" }
} as const satisfies Record<string, Refusal>

export type RefusalCode = keyof typeof refusals

export const refusalCodes = Object.keys(refusals) as ReadonlyArray<RefusalCode>

const isCode = (word: string): word is RefusalCode => Object.hasOwn(refusals, word)

/** Up to 6.2 a script's error quotes that of the command within it. */
const quoted = /@user_script: ?\d+: -(?<code>[A-Z]+) /u
/** The error for a missing right in a script has no code: Redis before 7.2, and Valkey. */
const lacksRight = /The user executing the script can't |ACL failure in script: /u

/** The code that an error's message begins with, or quotes. */
export const refusalOf = (message: string): Option.Option<RefusalCode> => {
  if (lacksRight.test(message)) return Option.some("NOPERM")
  const code = quoted.exec(message)?.groups?.["code"] ?? /^[A-Z]+/u.exec(message)?.[0] ?? ""
  return isCode(code) ? Option.some(code) : Option.none()
}

export const verdictOf = (code: RefusalCode): Verdict => refusals[code].verdict

/** What readiness says of it. */
export const sentenceOf = (code: RefusalCode): string =>
  `Redis refuses: ${code}, ${refusals[code].because}`

/** Whether a connection that answered with this error should be replaced. */
export const asksForReconnect = (message: string): boolean =>
  Option.exists(refusalOf(message), (code) => refusals[code].reconnect)
