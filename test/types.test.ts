// The types of the whole project, checked while other tests wait for something: before all of them it takes longer.
import { execFile } from "node:child_process"
import { join } from "node:path"
import { promisify } from "node:util"
import { expect, it } from "vitest"

const root = join(import.meta.dirname, "..")

it("`npm run types` finds nothing", async () => {
  const found = await promisify(execFile)("npm", ["run", "--silent", "types"], { cwd: root }).then(
    () => "",
    ({ stdout, message }: { readonly stdout: string; readonly message: string }) => stdout + message
  )
  expect(found).toBe("")
}, 180_000)
