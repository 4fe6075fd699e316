// The client runs wherever there is `fetch`: its bundle needs nothing from a host and has nothing of the API in it.
import { gzipSync } from "node:zlib"
import { build } from "esbuild"
import { assert, it } from "vitest"

const limit = 10_000

it("bundles for every host, with nothing but itself in it, within its size", async () => {
  const { metafile, outputFiles, warnings } = await build({
    entryPoints: ["src/entries/client.ts"],
    bundle: true,
    minify: true,
    platform: "browser",
    format: "esm",
    target: "es2022",
    metafile: true,
    write: false
  })
  assert.deepStrictEqual(warnings, [])
  const [output] = Object.values(metafile.outputs)
  assert.deepStrictEqual(output?.imports, [])
  const others = Object.keys(metafile.inputs).filter(
    (path) => !path.startsWith("src/client/") && path !== "src/entries/client.ts"
  )
  assert.deepStrictEqual(others, [])
  const size = gzipSync(outputFiles[0]?.contents ?? "").length
  assert.isBelow(size, limit)
  // docs/client.md says what it is.
  assert.isAbove(size, limit / 4)
})
