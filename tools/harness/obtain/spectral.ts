// Spectral, which lints OpenAPI documents: from npm, in a folder of its own inside the project's cache, as its lockfile
// here pins it by hash. It brings 150 packages, which nothing but one test needs.

import { createHash } from "node:crypto"
import { copyFile, readFile } from "node:fs/promises"
import { join } from "node:path"
import { cached, intoCache } from "./cache.ts"
import { execute, type Found, obtain } from "./obtain.ts"

const folder = join(import.meta.dirname, "spectral")
const files = ["package.json", "package-lock.json"]

/** Another lockfile is another entry. */
const entry = async (): Promise<string> => {
  const lock = await readFile(join(folder, "package-lock.json"))
  return `spectral-${createHash("sha256").update(lock).digest("hex").slice(0, 16)}`
}

/** A file of the folder that it can be required from. */
export function obtainSpectral(): Promise<Found> {
  return obtain("Spectral", [
    { from: "cache", find: async () => cached(`${await entry()}/package.json`).find() },
    { from: "npm", find: async () => join(await install(), "package.json") }
  ])
}

const install = async (): Promise<string> =>
  intoCache(await entry(), async (draft) => {
    for (const file of files) await copyFile(join(folder, file), join(draft, file))
    await execute("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], { cwd: draft })
  })
