// Where what happens comes from. Whoever runs a request or a command provides it, and so no signature
// between there and an audit event carries it.
import { Context } from "effect"
import type { Actor } from "./AuditEvent.ts"

export interface Origin {
  /** Null until somebody has proven who asks. */
  readonly actor: Actor | null
  /** The client's address as limits count it. */
  readonly client: string | null
  readonly requestId: string | null
}

export const Origin = Context.Reference<Origin>("services/audit/Origin", {
  defaultValue: () => ({ actor: null, client: null, requestId: null })
})

/** What an operator does at the command line. */
export const fromCommandLine: Origin = { actor: { type: "cli" }, client: null, requestId: null }
