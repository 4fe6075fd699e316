// The console of a process: from sources, whose JSX is compiled as it is loaded, and from the build.
import { join } from "node:path"
import { assert, it } from "vitest"
import { urlOf } from "../../tools/harness/deployment.ts"
import { run } from "../../tools/harness/program.ts"

const floor = join(import.meta.dirname, "../../src/programs/node-floor.js")

it.each(["src/programs/dev.ts", "dist/programs/dev.js"])(
  "is served by %s, with its style and its script",
  async (entry) => {
    const args = ["--import", floor, join(import.meta.dirname, "../..", entry)]
    const program = run(args, { PORT: "0", HOST: "127.0.0.1", LOG_FORMAT: "json" })
    try {
      const url = await urlOf(program, 60_000)
      const page = await fetch(`${url}/console/login`)
      const text = await page.text()
      assert.strictEqual(page.status, 200, text)
      const files = Array.from(
        text.matchAll(/"(\/console\/files\/[^"]+)"/gu),
        ([, path = ""]) => path
      )
      assert.lengthOf(files, 2)
      for (const file of files) {
        const answer = await fetch(url + file)
        assert.deepStrictEqual([answer.status, answer.ok], [200, true], file)
        assert.isAbove((await answer.text()).length, 5000, file)
      }
      await program.said(/Console {2}http/u)
    } finally {
      program.signal("SIGTERM")
      await program.ended
    }
  },
  90_000
)
