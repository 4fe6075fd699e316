// An API that answers what a test wrote down, request by request, and remembers what it was asked.
import { type ClientOptions, createClient } from "../../src/client/client.ts"

type Reply = Response | Error | ((request: Request) => Response | Promise<Response>)

export const json = (body: unknown, init: ResponseInit = {}): Response => Response.json(body, init)

export const problem = (
  code: string,
  status: number,
  more: {
    readonly headers?: Readonly<Record<string, string>>
    readonly [member: string]: unknown
  } = {}
): Response => {
  const { headers = {}, ...members } = more
  return json(
    {
      ...{ type: `/docs/errors/${code}`, code, status, title: "T", detail: "D", instance: "r-1" },
      ...members
    },
    { status, headers: { "content-type": "application/problem+json", ...headers } }
  )
}

export const tokens = (n: number, more: object = {}) => ({
  accessToken: `access-${n}`,
  tokenType: "Bearer",
  expiresIn: 900,
  refreshToken: `refresh-${n}`,
  refreshExpiresIn: 1_209_600,
  user: {},
  ...more
})

/** An answer that never comes, unless the request is aborted. */
export const silence = (request: Request): Promise<Response> =>
  new Promise((_, reject) => {
    request.signal.addEventListener("abort", () => reject(request.signal.reason))
  })

export const fakeApi = (replies: ReadonlyArray<Reply>, options: Partial<ClientOptions> = {}) => {
  const waiting = [...replies]
  const requests: Array<Request> = []
  const client = createClient({
    url: "https://shop.test/",
    fetch: async (request) => {
      requests.push(request.clone())
      const reply = waiting.shift()
      if (reply === undefined) throw new Error(`no reply for ${request.method} ${request.url}`)
      if (reply instanceof Error) throw reply
      return typeof reply === "function" ? reply(request) : reply
    },
    ...options
  })
  return {
    client,
    requests,
    /** `METHOD path?query` of each request. */
    asked: () =>
      requests.map(({ method, url }) => `${method} ${url.replace("https://shop.test", "")}`),
    header: (name: string) => requests.map(({ headers }) => headers.get(name)),
    bodies: () => Promise.all(requests.map(async (request) => JSON.parse(await request.text())))
  }
}
