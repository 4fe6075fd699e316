// Who acts, and from where. The entry point of a request or a command provides it, so that no function between has it
// as a parameter.
import { Context, Option } from "effect"
import type { Actor } from "./AuditEvent.ts"

export interface Origin {
  /** None until the caller is authenticated. */
  readonly actor: Option.Option<Actor>
  /** The client's address as limits count it. */
  readonly client: Option.Option<string>
  readonly requestId: Option.Option<string>
}

const unknown: Origin = { actor: Option.none(), client: Option.none(), requestId: Option.none() }

export const Origin = Context.Reference<Origin>("services/audit/Origin", {
  defaultValue: () => unknown
})

/** What an operator does at the command line. */
export const fromCommandLine: Origin = { ...unknown, actor: Option.some({ type: "cli" }) }
