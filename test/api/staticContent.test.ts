// The mechanism behind the pages: what requests that come together cost, and who gets which form.
import { Hono } from "hono"
import { afterEach, assert, describe, it, vi } from "vitest"
import { ApiRequest } from "../../src/api/ApiRequest.ts"
import type { ApiEnvironment } from "../../src/api/context.ts"
import { referenceScript } from "../../src/api/pages/reference.ts"
import { staticContent } from "../../src/api/staticContent.ts"
import { embedded } from "../conformance/embedded.ts"

afterEach(() => vi.unstubAllGlobals())

const serve = () => {
  const made = { count: 0 }
  const content = staticContent({
    contentType: "text/plain",
    make: () => {
      made.count += 1
      return "content ".repeat(1000)
    }
  })
  const app = new Hono<ApiEnvironment>().get("/", (c) => content(new ApiRequest(c)))
  const get = async (headers: Readonly<Record<string, string>> = {}) =>
    app.request("/", { headers })
  return { made, get }
}

const together = <A>(count: number, ask: () => Promise<A>): Promise<ReadonlyArray<A>> =>
  Promise.all(Array.from({ length: count }, ask))

describe("static content", () => {
  it("is made at the first request, and once for sixty concurrent requests", async () => {
    const { made, get } = serve()
    assert.strictEqual(made.count, 0)
    const answers = await together(60, get)
    assert.strictEqual(made.count, 1)
    assert.strictEqual(new Set(answers.map(({ headers }) => headers.get("etag"))).size, 1)
    await get()
    assert.strictEqual(made.count, 1)
  })

  it("is compressed by at most four concurrent requests, and by none afterwards", async () => {
    let compressions = 0
    const Compression = globalThis.CompressionStream
    vi.stubGlobal(
      "CompressionStream",
      class extends Compression {
        constructor(format: "gzip") {
          super(format)
          compressions += 1
        }
      }
    )
    const { get } = serve()
    const answers = await together(60, () => get({ "accept-encoding": "gzip" }))
    assert.strictEqual(compressions, 4)
    const encodings = answers.map(({ headers }) => headers.get("content-encoding"))
    assert.include(encodings, "gzip")
    assert.include(encodings, null)
    assert.strictEqual(
      (await get({ "accept-encoding": "gzip" })).headers.get("content-encoding"),
      "gzip"
    )
    assert.strictEqual(compressions, 4)
  })

  it.each([
    ["gzip", "gzip"],
    ["GZIP", "gzip"],
    ["br, gzip, deflate", "gzip"],
    ["br;q=1.0,gzip;q=0.8 , *;q=0.1", "gzip"],
    ["deflate,gzip; q=0.001", "gzip"],
    ["gzip;q=0", null],
    ["gzip;q=0.000, identity", null],
    ["br", null],
    ["x-gzip-2", null],
    ["gzipped", null],
    ["identity", null],
    ["", null]
  ])("for Accept-Encoding %j is encoded as %s", async (accepted, encoding) => {
    const { headers } = await serve().get({ "accept-encoding": accepted })
    assert.strictEqual(headers.get("content-encoding"), encoding)
  })

  it("answers 304 for the ETag of its plain form, also when gzip is accepted now", async () => {
    const { get } = serve()
    const etag = (await get()).headers.get("etag") ?? ""
    const again = await get({ "accept-encoding": "gzip", "if-none-match": etag })
    assert.deepStrictEqual([again.status, again.headers.get("etag")], [304, etag])
  })
})

describe("the reference", () => {
  it("does not depend on the Host header", async () => {
    await using system = await embedded()
    const read = async (origin: string) => {
      const response = await system.app.request(`${origin}/docs`)
      return [response.headers.get("etag"), await response.text()] as const
    }
    const [etag, text] = await read("http://orders.test")
    assert.deepStrictEqual(await read("http://evil.example"), [etag, text])
    assert.notInclude(text, "orders.test")
    assert.include(text, 'curl "<span class="origin">$ORIGIN</span>/api/products&quot;')
    assert.include(text, '<script src="/docs/reference.js" defer></script>')
  })

  it("uses the address in the browser in its commands", () => {
    const places = [{ textContent: "$ORIGIN" }, { textContent: "$ORIGIN" }]
    const document = {
      querySelectorAll: (selector: string) => (selector === ".origin" ? places : [])
    }
    const script = new Function("document", "location", referenceScript)
    script(document, { origin: "https://shop.example" })
    assert.deepStrictEqual(
      new Set(places.map(({ textContent }) => textContent)),
      new Set(["https://shop.example"])
    )
  })
})
