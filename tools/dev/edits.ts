// Tells of edits: of the sources, and of .env.
import { EventEmitter } from "node:events"
import { watch } from "node:fs"
import { join } from "node:path"

/** An editor writes a file in several steps, and a tool writes many files together. */
const quietMillis = 150

const isSource = (name: string): boolean => /\.(?:ts|js|json)$/u.test(name)

/**
 * Emits `edit` with a file's name, once for all edits that come together. Where the system can't watch files, `blind`
 * hears why, and no edit is seen.
 */
export const watchEdits = (
  root: string,
  blind: (reason: string) => void
): EventEmitter<{ edit: [string] }> => {
  const edits = new EventEmitter<{ edit: [string] }>()
  let timer: NodeJS.Timeout | undefined
  const noticed = (name: string): void => {
    clearTimeout(timer)
    timer = setTimeout(() => edits.emit("edit", name), quietMillis)
  }
  const failed = (error: unknown): void =>
    blind(error instanceof Error ? error.message : String(error))
  try {
    watch(join(root, "src"), { recursive: true }, (_event, name) => {
      if (name !== null && isSource(name)) noticed(join("src", name))
    }).on("error", failed)
    watch(root, (_event, name) => {
      if (name === ".env") noticed(name)
    }).on("error", failed)
  } catch (error) {
    failed(error)
  }
  return edits
}
