// The raw result of a measurement, beside its table.
import { mkdirSync, writeFileSync } from "node:fs"
import { dirname } from "node:path"

/** As JSON, in place of what was there. */
export function writeRaw(file: string, result: unknown): void {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, `${JSON.stringify(result, null, 2)}\n`)
}
