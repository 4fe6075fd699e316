// The script of Scalar's API reference, which `npm run build` and `npm run dev` copy (tools/scalar). For Node, which
// has files.
import { existsSync, readFileSync } from "node:fs"
import { Option } from "effect"

/** As far from the compiled file as from this one. */
export const scalarFile = new URL("../../../dist/docs/scalar.js", import.meta.url)

/** Reads the script when it is called, and not before. None: it is not there. */
export const findScalarScript = (): Option.Option<() => string> =>
  existsSync(scalarFile) ? Option.some(() => readFileSync(scalarFile, "utf8")) : Option.none()
