// Port: identifiers, in two kinds of one form: those that sort by creation, and those that cannot be guessed.
import { Context, type Effect } from "effect"

export class IdGenerator extends Context.Service<
  IdGenerator,
  {
    /**
     * For what others may see. 32 lower-case hexadecimal digits: 48 bits of milliseconds, 16 bits that
     * count within one, then 64 random bits from a CSPRNG (the layout of UUID version 7 without its fixed
     * bits), so that ids sort by time.
     */
    readonly next: Effect.Effect<string>
    /** For secrets, whose knowledge is a permission: 128 random bits from a CSPRNG (OWASP ASVS 5.0, 11.5.1). */
    readonly unguessable: Effect.Effect<string>
  }
>()("services/runtime/IdGenerator") {}

export const idLength = 32

/** The form of every id. */
export const idPattern = /^[0-9a-f]{32}$/u
