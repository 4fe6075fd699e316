// Port: password hashing, deliberately slow, in a bounded pool.
import { Context, type Effect, type Redacted } from "effect"
import type { Overloaded } from "../../runtime/Overloaded.ts"

export class PasswordHasher extends Context.Service<
  PasswordHasher,
  {
    /** A PHC string (`$argon2id$…`) with a fresh salt. `Overloaded`: too many wait. */
    readonly hash: (password: Redacted.Redacted) => Effect.Effect<string, Overloaded>
    /**
     * Whether the password fits. A refusal takes the time of today's parameters, also for a hash that
     * was made with weaker ones.
     */
    readonly verify: (
      hash: string,
      password: Redacted.Redacted
    ) => Effect.Effect<boolean, Overloaded>
    /** Whether the hash was made with weaker parameters than today's. Dies where `verify` does. */
    readonly isOutdated: (hash: string) => boolean
    /** A hash that no password fits, with today's parameters: what an unknown account is compared to. */
    readonly decoy: string
  }
>()("services/accounts/PasswordHasher") {}
