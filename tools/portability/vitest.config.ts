// The suites of `npm run portability`, which take too long for `npm test`.
import { resolve } from "node:path"
import { defineConfig } from "vitest/config"

// A configuration is its file's default export.
// biome-ignore lint/style/noDefaultExport: see above.
export default defineConfig({
  test: {
    root: resolve(import.meta.dirname, "../.."),
    maxWorkers: 1,
    include: ["test/portability/*.suite.ts"],
    globalSetup: ["test/globalSetup.ts"],
    testTimeout: 30_000,
    hookTimeout: 60_000
  }
})
