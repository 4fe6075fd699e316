// The API of the walk behind a socket, on embedded layers, with what a client meets on the way: the answer of the first
// order is lost to a 503, the first event stream ends early, one product is never answered, and another one when the first
// was asked for. It remembers what it was asked.
import { Effect, Exit, Scope } from "effect"
import { listen } from "../../src/http/NodeServer.ts"
import { seedCatalogue } from "../../src/services/products/seedCatalogue.ts"
import { embedded } from "../conformance/embedded.ts"

/** In seconds. */
export const retryAfter = 1

export interface Asked {
  /** `METHOD path`. */
  readonly call: string
  readonly headers: Headers
}

/** Up to the first event, and then nothing more. */
const cutOff = async (answer: Response): Promise<Response> => {
  const decoder = new TextDecoder()
  let text = ""
  for await (const chunk of answer.body ?? []) {
    text += decoder.decode(chunk, { stream: true })
    if (/^data:.*\n\n/mu.test(text)) break
  }
  return new Response(text, { headers: answer.headers })
}

const unavailable = async (answer: Response): Promise<Response> => {
  await answer.arrayBuffer()
  const headers = new Headers(answer.headers)
  headers.set("retry-after", String(retryAfter))
  headers.set("content-type", "application/problem+json")
  headers.delete("content-length")
  const problem = { code: "unavailable", status: 503, title: "T", detail: "D", instance: "r" }
  return new Response(JSON.stringify(problem), { status: 503, headers })
}

/** `pages`: the origin of pages that may read its answers. */
export const walkedApi = async (pages?: string) => {
  const corsOrigins = pages === undefined ? [] : [pages]
  const system = await embedded({ app: { corsOrigins, bodiesAreFramed: true } })
  await system.run(seedCatalogue())
  const asked: Array<Asked> = []
  const heard = Promise.withResolvers<void>()
  const gone = Promise.withResolvers<void>()
  const times = (call: string): number => asked.filter((one) => one.call === call).length

  const fetch = async (request: Request): Promise<Response> => {
    const { pathname } = new URL(request.url)
    const call = `${request.method} ${pathname}`
    asked.push({ call, headers: new Headers(request.headers) })
    const answer = await system.fetch(request)
    // Only `dev` has it, and its own pages alone may read it.
    if (pathname === "/dev/mailbox.json" && pages !== undefined)
      answer.headers.set("access-control-allow-origin", pages)
    if (call === "GET /api/products/silent") {
      request.signal.addEventListener("abort", () => gone.resolve())
      heard.resolve()
      await gone.promise
    }
    if (call === "GET /api/products/kettle") await heard.promise
    const isFirst = times(call) === 1
    if (call === "POST /api/orders" && isFirst) return unavailable(answer)
    const [, orderId] = /^GET \/api\/orders\/(\w+)\/events$/u.exec(call) ?? []
    if (orderId === undefined || !isFirst) return answer
    const first = await cutOff(answer)
    await system.settle(orderId)
    return first
  }

  const scope = await system.run(Scope.make())
  const { port } = await system.run(
    Scope.provide(listen({ fetch, host: "127.0.0.1", port: 0, waitForClients: false }), scope)
  )
  return {
    origin: `http://127.0.0.1:${port}`,
    /** How often a call was made. */
    times,
    /** A header of each request of a call, in their order. */
    headersOf: (pattern: RegExp, name: string) =>
      asked.filter(({ call }) => pattern.test(call)).map(({ headers }) => headers.get(name)),
    /** Resolves when the request for the silent product has ended without its answer. */
    gone: gone.promise,
    [Symbol.asyncDispose]: async () => {
      await system.run(Effect.asVoid(Scope.close(scope, Exit.void)))
      await system[Symbol.asyncDispose]()
    }
  }
}
