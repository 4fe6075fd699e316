// Port: the passwords that attackers try first.
import { Context, type Effect, type Redacted } from "effect"

export class BreachedPasswords extends Context.Service<
  BreachedPasswords,
  {
    /**
     * Whether the password, in any case of letters, is known from breaches: at least the 3000 most
     * common ones that are long enough are (OWASP ASVS 5.0, 6.2.4 and 6.2.12). Never fails.
     */
    readonly includes: (password: Redacted.Redacted) => Effect.Effect<boolean>
  }
>()("services/accounts/BreachedPasswords") {}
