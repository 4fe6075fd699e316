// The keys of one purpose, in the order of their rotation.
import type { Redacted } from "effect"

/** The first makes, every one recognises. UTF-8 strings of 32 bytes or more. */
export type Secrets = readonly [Redacted.Redacted, ...ReadonlyArray<Redacted.Redacted>]
