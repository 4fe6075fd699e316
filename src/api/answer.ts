// Makes an answer whole at once: what its handler says and what all answers to this request carry. From
// plain objects: Node's Headers cost more than the rest of a cached read, and a Node host takes them apart
// again.
import type { AnswerHeaders, ApiContext } from "./context.ts"

/** Lists (RFC 9110, section 5.3): the limit that refused a request stands before the one that holds for all. */
const lists = ["RateLimit-Policy", "RateLimit"] as const

/** Names are case-sensitive here: `common` and handlers spell them alike. */
const merged = (common: AnswerHeaders, own: AnswerHeaders): AnswerHeaders => {
  const all: Record<string, string> = { ...common, ...own }
  for (const name of lists)
    if (common[name] !== undefined && own[name] !== undefined)
      all[name] = `${own[name]}, ${common[name]}`
  return all
}

/** An answer that `commonHeaders` leaves as it is. What the handler says wins over what is common. */
export const answer = (
  c: ApiContext,
  body: string | Uint8Array<ArrayBuffer> | null,
  status: number,
  own: AnswerHeaders
): Response => {
  // workerd compresses a body that has a Content-Encoding unless it is told that the body is compressed already.
  const init = { status, headers: merged(c.get("common"), own), encodeBody: "manual" }
  const response = new Response(body, init)
  c.set("whole", response)
  return response
}
