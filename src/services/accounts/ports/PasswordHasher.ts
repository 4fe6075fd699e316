// Port: password hashing, deliberately slow, in a bounded pool.
import { Context, type Effect, type Redacted } from "effect"
import type { Overloaded } from "../../runtime/Overloaded.ts"
import type { PasswordHash } from "../model/Account.ts"

export class PasswordHasher extends Context.Service<
  PasswordHasher,
  {
    /** A PHC string (`$argon2id$…`) with a fresh salt. `Overloaded`: too many wait. */
    readonly hash: (password: Redacted.Redacted) => Effect.Effect<PasswordHash, Overloaded>
    /**
     * Whether the password fits. A refusal takes the time of today's parameters, also for a hash that
     * was made with weaker ones.
     */
    readonly verify: (
      hash: PasswordHash,
      password: Redacted.Redacted
    ) => Effect.Effect<boolean, Overloaded>
    /** Whether the hash has weaker parameters than today's. Dies when `verify` does. */
    readonly isOutdated: (hash: PasswordHash) => boolean
    /** A hash that no password matches, with today's parameters, for unknown accounts. */
    readonly decoy: PasswordHash
  }
>()("services/accounts/PasswordHasher") {}
