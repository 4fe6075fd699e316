// One hostile input: what it is, how it is made from what the system knows at the moment, and what it is
// held to.
import type { Known, Operation, Tokens } from "./operations.ts"
import { validRequest } from "./operations.ts"
import { type Request, toWire } from "./request.ts"
import type { Issued } from "./tokens.ts"
import type { Wire } from "./wire.ts"

export const groups = [
  "paths",
  "queries",
  "headers",
  "tokens",
  "bodies",
  "formats",
  "raw HTTP",
  "slow",
  "random"
] as const
export type Group = (typeof groups)[number]

/** What a system knows, and so what a request can name. It is renewed while a run goes on. */
export interface View {
  readonly known: Known
  readonly tokens: Tokens
  readonly issued: Issued
}

export interface Sent {
  readonly method: string
  readonly wire: Wire
  /** Where the bytes are one well-formed request: they are held to what the document says of it. */
  readonly request?: Request
}

export interface Case {
  readonly group: Group
  readonly operation: string
  readonly what: string
  readonly make: (view: View) => Sent
  /** The statuses that alone are right. */
  readonly allowed?: ReadonlyArray<number>
  /**
   * `answer`: at least one, within 10 s. `refusal`: a request that is not HTTP is refused, or the connection ends.
   * `release`: the connection ends soon after 10 s.
   */
  readonly expects: "answer" | "refusal" | "release"
}

export type Change = (request: Request) => Request

/** A request that would be fine, as its caller, with one thing changed. */
export const changed = (
  group: Group,
  operation: Operation,
  what: string,
  change: (request: Request, view: View) => Request,
  allowed?: ReadonlyArray<number>
): Case => ({
  group,
  operation: operation.id,
  what,
  make: (view) => {
    const valid = validRequest(operation, view.known, view.tokens[operation.caller])
    const request = change(valid, view)
    return { method: request.method, wire: toWire(request), request }
  },
  expects: "answer",
  ...(allowed === undefined ? {} : { allowed })
})
