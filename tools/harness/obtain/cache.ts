// The project's own cache of downloaded programs. An entry appears whole or not at all: it is filled
// in a directory next to it and renamed, so that any number of processes may fill it concurrently.

import { access, mkdir, mkdtemp, rename, rm } from "node:fs/promises"
import { join, relative } from "node:path"
import type { Source } from "./obtain.ts"

const root = join(import.meta.dirname, "../../..")
const cacheDir = join(root, "node_modules/.cache/order-processing")

/** What runs on one system need not run on another: a checkout may be seen from both. */
export const hostSystem = `${process.platform}-${process.arch}`

/** A file of any of these entries, each given as "entry/file". */
export function cached(...files: ReadonlyArray<string>): Source {
  return {
    from: `cache (${relative(root, cacheDir)})`,
    find: async () => {
      for (const file of files) {
        const path = join(cacheDir, file)
        if (await exists(path)) return path
      }
      throw new Error("not there yet")
    }
  }
}

/** Fills an entry and answers its directory; of concurrent fillers one wins and all get its entry. */
export async function intoCache(
  entry: string,
  fill: (dir: string) => Promise<void>
): Promise<string> {
  const final = join(cacheDir, entry)
  await mkdir(cacheDir, { recursive: true })
  const draft = await mkdtemp(join(cacheDir, `.${entry}-`))
  try {
    await fill(draft)
    await rename(draft, final).catch(acceptWinner)
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
  return final
}

/** A rename onto a filled directory fails: another process was first, with the same content. */
function acceptWinner(error: unknown): void {
  const code = error instanceof Error && "code" in error ? error.code : undefined
  if (code !== "ENOTEMPTY" && code !== "EEXIST") throw error
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false
  )
}
