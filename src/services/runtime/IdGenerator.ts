// Port: identifiers that nobody can guess and that sort by creation.
import { Context, type Effect } from "effect"

export class IdGenerator extends Context.Service<
  IdGenerator,
  {
    /**
     * 32 lower-case hexadecimal digits: 48 bits of milliseconds, then 80 random bits from a CSPRNG
     * (the layout of UUID version 7 without its fixed bits), so ids sort by time.
     */
    readonly next: Effect.Effect<string>
  }
>()("services/runtime/IdGenerator") {}

/** What every id looks like. */
export const idPattern = /^[0-9a-f]{32}$/u
