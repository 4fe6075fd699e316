// How large a program is as it is built: its file and those that it imports, as they are and compressed.
import { readFileSync } from "node:fs"
import { dirname, resolve } from "node:path"
import { gzipSync } from "node:zlib"

export interface Size {
  readonly bytes: number
  readonly gzipped: number
}

/** Static and dynamic ones, of the bundler's own files: packages that it leaves out are not counted. */
const imports = /\b(?:from|import)\s*\(?\s*"(\.{1,2}\/[^"]+\.js)"/gu

export const sizeOf = (contents: ReadonlyArray<Uint8Array>): Size => ({
  bytes: contents.reduce((sum, { length }) => sum + length, 0),
  gzipped: contents.reduce((sum, content) => sum + gzipSync(content).length, 0)
})

export const programSize = (entry: string): Size => {
  const contents = new Map<string, Buffer>()
  const waiting = [resolve(entry)]
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (contents.has(file)) continue
    const content = readFileSync(file)
    contents.set(file, content)
    for (const [, path = ""] of content.toString().matchAll(imports))
      waiting.push(resolve(dirname(file), path))
  }
  return sizeOf([...contents.values()])
}
