// The adapters that every runtime can have: their bundle for a browser needs nothing from a host.
import { resolve } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { build } from "esbuild"

const folder = resolve(import.meta.dirname, "../../../src/layers")

describe("bundles without a host's modules", () => {
  for (const file of [
    "crypto/HonoTokenSigner.ts",
    "crypto/OsloOneTimeCode.ts",
    "crypto/RandomIdGenerator.ts",
    "crypto/Argon2idPortable.ts",
    "hibp/HibpBreachedPasswords.ts",
    "zxcvbn/ZxcvbnBreachedPasswords.ts",
    "zxcvbn/ZxcvbnPasswordStrength.ts"
  ])
    it(file, async () => {
      const { metafile, warnings } = await build({
        entryPoints: [resolve(folder, file)],
        bundle: true,
        platform: "browser",
        format: "esm",
        outfile: "out.js",
        write: false,
        metafile: true,
        logLevel: "silent"
      })
      assert.deepStrictEqual(warnings, [])
      const imports = Object.values(metafile.outputs).flatMap((output) => output.imports)
      assert.deepStrictEqual(imports, [])
    })
})
