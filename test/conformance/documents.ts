// What holds for the pages and documents that stay the same: a client that has one does not get it again, and
// one that takes gzip gets it compressed.
import { gunzipSync } from "node:zlib"
import { assert, describe, it } from "vitest"
import type { World } from "./world.ts"

const paths = [
  "/",
  "/docs",
  "/docs/plain",
  "/docs/errors",
  "/docs/errors/not_found",
  "/docs/style.css",
  "/docs/reference.js",
  "/openapi.json"
]

export const documents = (use: () => World): void => {
  const ask = (path: string, headers: Readonly<Record<string, string>>, method = "GET") => {
    const { fetch, origin } = use().target
    return fetch(new Request(`${origin}${path}`, { method, headers }))
  }
  /** A client over the network unpacks by itself; the handler in this process has none. */
  const textOf = async (response: Response) => {
    const bytes = new Uint8Array(await response.arrayBuffer())
    const packed =
      use().target.fetch !== globalThis.fetch && response.headers.has("content-encoding")
    return new TextDecoder().decode(packed ? gunzipSync(bytes) : bytes)
  }
  const told = ({ headers }: Response, names: ReadonlyArray<string>) =>
    names.map((name) => headers.get(name))
  const kept = ["etag", "vary", "cache-control", "content-security-policy"]

  it("answers 304 for the OpenAPI document itself", async () => {
    const { call } = use()
    const answer = await call("GET", "/openapi.json", { headers: { "if-none-match": "*" } })
    assert.strictEqual(answer.status, 304)
  })

  describe.each(paths)("%s", (path) => {
    it.each(["identity", "gzip"])(
      "is answered 304 to a client that has it as %s",
      async (encoding) => {
        const headers = { "accept-encoding": encoding }
        const first = await ask(path, headers)
        await first.body?.cancel()
        assert.strictEqual(first.status, 200)
        const etag = first.headers.get("etag") ?? ""
        assert.match(etag, /^"[\w-]{32,}"$/u)
        assert.strictEqual(first.headers.get("cache-control"), "no-cache")
        for (const known of [etag, `W/${etag}`, `"another", ${etag}`, "*"]) {
          const again = await ask(path, { ...headers, "if-none-match": known })
          assert.deepStrictEqual([again.status, await again.text()], [304, ""])
          assert.deepStrictEqual(told(again, kept), told(first, kept))
        }
        const other = await ask(path, { ...headers, "if-none-match": '"another"' })
        await other.body?.cancel()
        assert.strictEqual(other.status, 200)
      }
    )

    it("is compressed for a client that accepts it, with the same content", async () => {
      const plain = await ask(path, { "accept-encoding": "identity" })
      const packed = await ask(path, { "accept-encoding": "gzip" })
      assert.deepStrictEqual(
        [plain, packed].map(({ headers }) => headers.get("content-encoding")),
        [null, "gzip"]
      )
      for (const { headers } of [plain, packed])
        assert.strictEqual(headers.get("vary"), "Accept-Encoding")
      assert.notStrictEqual(packed.headers.get("etag"), plain.headers.get("etag"))
      const text = await textOf(plain)
      assert.strictEqual(await textOf(packed), text)
      const sizes = [plain, packed].map(({ headers }) => Number(headers.get("content-length")))
      assert.strictEqual(sizes[0], new TextEncoder().encode(text).length)
      if (text.length > 1000) assert.isBelow(sizes[1] ?? 0, text.length / 2)
    })

    it.each(["identity", "gzip"])("is answered to HEAD as to GET, as %s", async (encoding) => {
      const headers = { "accept-encoding": encoding }
      const get = await ask(path, headers)
      await get.body?.cancel()
      const head = await ask(path, headers, "HEAD")
      const names = [...kept, "content-type", "content-length", "content-encoding"]
      assert.deepStrictEqual([head.status, await head.text()], [200, ""])
      assert.deepStrictEqual(told(head, names), told(get, names))
    })
  })
}
