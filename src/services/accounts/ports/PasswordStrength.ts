// Port: how hard a password is to guess for an attacker who tries likely ones first.
import { Context, type Effect, type Option, type Redacted } from "effect"

export interface Strength {
  /** The number of guesses that find it: 10 for each character outside of patterns. */
  readonly guesses: number
  /** Why it is weak: a sentence for a person, without its full stop, that quotes nothing of the password. */
  readonly warning: Option.Option<string>
}

export class PasswordStrength extends Context.Service<
  PasswordStrength,
  {
    /**
     * `words` are tried before all others: what is known about the account and the service. Knows common
     * passwords and words, their letters replaced by look-alikes ("p@ssw0rd"), dates, rows of keys,
     * sequences and repeats. Never fails, and never computes for long without giving way.
     */
    readonly estimate: (
      password: Redacted.Redacted,
      words: ReadonlyArray<string>
    ) => Effect.Effect<Strength>
  }
>()("services/accounts/PasswordStrength") {}
