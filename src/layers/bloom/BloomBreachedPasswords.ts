// BreachedPasswords on a Bloom filter of four million passwords, which also matches one in 10,000 others. It is a file
// of 10 MB in the package, so no other service is called; its source is in docs/authentication.md, "Weak passwords".
// For Node, which has files.
import { readFile } from "node:fs/promises"
import { Effect, Layer, Redacted } from "effect"
import { BreachedPasswords } from "../../services/accounts/ports/BreachedPasswords.ts"
import { decodeFilter, mayHave } from "./bloomFilter.ts"
import { keysPressed } from "./keysPressed.ts"

/** As far from the compiled file as from this one. */
const file = new URL("../../../data/breached-passwords.bloom", import.meta.url)

/** Read when the layer is built: a file that is missing stops a program before it serves. */
export const layer: Layer.Layer<BreachedPasswords> = Layer.effect(
  BreachedPasswords,
  Effect.map(
    Effect.promise(() => readFile(file)),
    (bytes) => {
      const filter = decodeFilter(bytes)
      return BreachedPasswords.of({
        includes: (password) =>
          Effect.sync(() => mayHave(filter, keysPressed(Redacted.value(password))))
      })
    }
  )
)
