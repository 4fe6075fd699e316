// The app runs on hosts that have nothing but Web APIs: it bundles for browsers, with nothing left to
// import, and stays small enough to start fast there.
import { gzipSync } from "node:zlib"
import { build } from "esbuild"
import { assert, it } from "vitest"

const kib = 1024

it("bundles for hosts without Node, within its size", async () => {
  const { metafile, outputFiles } = await build({
    entryPoints: ["src/api/app.ts"],
    bundle: true,
    minify: true,
    platform: "browser",
    format: "esm",
    target: "es2024",
    metafile: true,
    write: false
  })
  const [output] = Object.values(metafile.outputs)
  assert.deepStrictEqual(output?.imports, [])
  const inputs = Object.keys(metafile.inputs)
  const adapters = inputs.filter((path) => /^src\/(?:layers|programs|worker)\//u.test(path))
  assert.deepStrictEqual(adapters, [])
  const [file] = outputFiles
  const size = gzipSync(file?.contents ?? "").length
  assert.isBelow(size, 300 * kib, `${Math.round(size / kib)} KiB gzipped`)
  // The test says when the budget has become idle.
  assert.isAbove(size, 100 * kib, `${Math.round(size / kib)} KiB gzipped`)
})
