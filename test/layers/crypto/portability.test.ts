// The adapters that every runtime can have: their bundle for a browser needs nothing from a host.
import { relative, resolve } from "node:path"
import { assert, beforeAll, describe, it } from "@effect/vitest"
import { type BuildResult, build } from "esbuild"

const folder = resolve(import.meta.dirname, "../../../src/layers")
const files = [
  "crypto/HonoTokenSigner.ts",
  "crypto/OsloOneTimeCode.ts",
  "crypto/RandomIdGenerator.ts",
  "crypto/Argon2idPortable.ts",
  "hibp/HibpBreachedPasswords.ts",
  "zxcvbn/ZxcvbnBreachedPasswords.ts",
  "zxcvbn/ZxcvbnPasswordStrength.ts"
]

describe("bundles without a host's modules", () => {
  let built: BuildResult<{ metafile: true }>
  beforeAll(async () => {
    built = await build({
      entryPoints: files.map((file) => resolve(folder, file)),
      bundle: true,
      platform: "browser",
      format: "esm",
      outdir: "out",
      write: false,
      metafile: true,
      logLevel: "silent"
    })
  })

  it.each(files)("%s", (file) => {
    assert.deepStrictEqual(built.warnings, [])
    const entry = relative(process.cwd(), resolve(folder, file))
    const output = Object.values(built.metafile.outputs).find(
      ({ entryPoint }) => entryPoint === entry
    )
    assert.deepStrictEqual(output?.imports, [])
  })
})
