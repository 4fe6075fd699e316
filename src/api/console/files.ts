// The console's stylesheet and script, under names that change with their content, so that browsers cache them forever.
import type { ApiRequest } from "../ApiRequest.ts"
import { staticContent } from "../staticContent.ts"
import { followScript } from "./followScript.ts"
import { stylesheet } from "./stylesheet.ts"

/** FNV-1a, 32 bits: it distinguishes versions of one file, and is used for nothing else. */
const fingerprint = (text: string): string => {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++)
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193) >>> 0
  return hash.toString(16).padStart(8, "0")
}

interface File {
  readonly name: string
  readonly answer: (request: ApiRequest) => Promise<Response>
}

const fileOf = (name: string, extension: string, contentType: string, text: string): File => ({
  name: `${name}-${fingerprint(text)}.${extension}`,
  answer: staticContent({
    contentType,
    headers: { "Cache-Control": "public, max-age=31536000, immutable" },
    make: () => text
  })
})

export interface ConsoleFiles {
  /** Their paths. */
  readonly paths: () => { readonly style: string; readonly script: string | undefined }
  readonly answer: (request: ApiRequest, name: string) => Promise<Response> | Response
}

const folder = "/console/files/"

/** `htmx`: its source. Pages work without it, and what they show does not move then. */
export const makeConsoleFiles = (htmx: (() => string) | undefined): ConsoleFiles => {
  let made: { readonly style: File; readonly script: File | undefined } | undefined
  const files = () =>
    (made ??= {
      style: fileOf("style", "css", "text/css; charset=utf-8", stylesheet),
      script:
        htmx === undefined
          ? undefined
          : fileOf("script", "js", "text/javascript; charset=utf-8", htmx() + followScript)
    })
  return {
    paths: () => {
      const { style, script } = files()
      return {
        style: folder + style.name,
        script: script === undefined ? undefined : folder + script.name
      }
    },
    answer: (request, name) => {
      const { style, script } = files()
      const file = [style, script].find((candidate) => candidate?.name === name)
      return (
        file?.answer(request) ??
        request.problem("not_found", { detail: "There is no such file.", extension: {} })
      )
    }
  }
}
