// What holds for every endpoint, driven by the OpenAPI document: a new endpoint is held to it too.
import { assert, describe, it } from "vitest"
import type { Endpoint } from "../../tools/harness/openapi.ts"
import { expectProblem, type World } from "./world.ts"

const unknownId = "0".repeat(32)
const pathOf = ({ template }: Endpoint) =>
  template.replace("{id}", unknownId).replace("{sku}", "any")

export const http = (use: () => World): void => {
  const where = (matches: (endpoint: Endpoint) => boolean) => use().endpoints.filter(matches)
  const secured = () =>
    where(({ operation }) => operation.security?.some((item) => "accessToken" in item) === true)
  const withBody = () => where(({ operation }) => operation.requestBody !== undefined)

  describe("access", () => {
    it("asks for a bearer token in its header on every endpoint for users", async () => {
      const { call, ada } = use()
      assert.isAbove(secured().length, 8)
      for (const endpoint of secured()) {
        const path = pathOf(endpoint)
        const answer = await call(endpoint.method, path)
        expectProblem(answer, 401, "unauthorized")
        assert.match(answer.headers.get("www-authenticate") ?? "", /^Bearer /u)
        const basic = await call(endpoint.method, path, {
          headers: { authorization: "Basic YTpi" }
        })
        expectProblem(basic, 401, "unauthorized")
        const query = await call(endpoint.method, `${path}?access_token=${ada.token}`)
        expectProblem(query, 401, "unauthorized")
        const cookie = `access_token=${ada.token}; Authorization=Bearer ${ada.token}`
        expectProblem(
          await call(endpoint.method, path, { headers: { cookie } }),
          401,
          "unauthorized"
        )
        const forged = `${ada.token.slice(0, -4)}AAAA`
        const answers = await Promise.all(
          [forged, "nonsense", "a.b.c"].map((token) => call(endpoint.method, path, { token }))
        )
        for (const refused of answers) {
          expectProblem(refused, 401, "invalid_token")
          assert.include(refused.headers.get("www-authenticate"), 'error="invalid_token"')
        }
      }
    })

    it("refuses users on every endpoint for admins", async () => {
      const { call, ada } = use()
      const admins = where(({ operation }) =>
        JSON.stringify(operation.responses["403"] ?? "").includes("Forbidden")
      )
      assert.isAbove(admins.length, 2)
      for (const endpoint of admins) {
        const body = endpoint.operation.requestBody === undefined ? {} : { json: {} }
        const answer = await call(endpoint.method, pathOf(endpoint), { token: ada.token, ...body })
        expectProblem(answer, 403, "forbidden")
      }
    })
  })

  describe("bodies", () => {
    const each = async (
      request: { readonly body?: BodyInit; readonly headers?: Record<string, string> },
      status: number,
      code: string
    ) => {
      const { call, admin } = use()
      for (const endpoint of withBody()) {
        const options = { token: admin.token, ...request }
        expectProblem(await call(endpoint.method, pathOf(endpoint), options), status, code)
      }
    }
    const json = { "content-type": "application/json" }

    it("are JSON", () => each({ headers: json, body: '{"email": ' }, 400, "invalid_request"))
    const neededBodies = () =>
      withBody().filter(
        ({ operation }) => (operation.requestBody as { readonly required?: boolean }).required
      )
    it.each([
      ["not empty", { headers: json, body: "" }],
      ["there", { headers: json }]
    ])("are %s, unless they are optional", async (_, request) => {
      const { call, admin } = use()
      assert.strictEqual(neededBodies().length, withBody().length - 3)
      for (const endpoint of neededBodies()) {
        const options = { token: admin.token, ...request }
        const answer = await call(endpoint.method, pathOf(endpoint), options)
        expectProblem(answer, 400, "invalid_request")
      }
    })
    it("are objects", () => each({ headers: json, body: "[]" }, 400, "invalid_request"))
    it("are UTF-8", async () => {
      const [before, after] = ['{"email": "a@example.com", "password": "', '"}'].map((text) =>
        new TextEncoder().encode(text)
      )
      const body = new Uint8Array([...(before ?? []), 0xff, ...(after ?? [])])
      const answer = await use().call("POST", "/api/auth/login", { headers: json, body })
      expectProblem(answer, 400, "invalid_request")
    })
    it("have no unknown fields", () =>
      each({ headers: json, body: '{"unknown": 1}' }, 400, "invalid_request"))
    it("do not reach prototypes", () =>
      each({ headers: json, body: '{"__proto__": {"role": "admin"}}' }, 400, "invalid_request"))
    it.each([
      "text/plain",
      "application/x-www-form-urlencoded",
      "application/json; charset=latin1",
      'application/json; charset="utf-8',
      'application/json; charset=utf-8"'
    ])("are not %s", (type) =>
      each({ headers: { "content-type": type }, body: "{}" }, 415, "unsupported_media_type")
    )
    it.each(["gzip", "br", "deflate", "zstd", "x-own", "identity, gzip", ","])(
      "are not compressed: %s",
      async (encoding) => {
        const headers = { ...json, "content-encoding": encoding }
        await each({ headers, body: "{}" }, 415, "unsupported_media_type")
        const answer = await use().call("POST", "/api/auth/login", { headers, body: "{}" })
        assert.strictEqual(answer.headers.get("accept-encoding"), "identity")
      }
    )
    it("may declare the encoding identity", () =>
      each(
        { headers: { ...json, "content-encoding": "Identity" }, body: "[]" },
        400,
        "invalid_request"
      ))
    it("need a content type", () =>
      each({ body: new TextEncoder().encode("{}") }, 415, "unsupported_media_type"))
    it("have at most 64 KiB", () =>
      each({ headers: json, body: `"${"x".repeat(65_535)}"` }, 413, "payload_too_large"))
    it("may have 64 KiB", () =>
      each({ headers: json, body: `"${"x".repeat(65_534)}"` }, 400, "invalid_request"))

    it("are counted while they arrive, for any declared length", async () => {
      const { call } = use()
      // Little enough for buffers on the way: the answer may come, and the connection go, before all
      // is sent.
      let left = 9
      const body = new ReadableStream<Uint8Array>({
        pull: (controller) => {
          left -= 1
          controller.enqueue(new Uint8Array(8192).fill(0x20))
          if (left === 0) controller.close()
        }
      })
      const answer = await call("POST", "/api/auth/login", { headers: json, body })
      expectProblem(answer, 413, "payload_too_large")
    })

    it("may declare their charset", async () => {
      const { ada, call } = use()
      const { status } = await call("POST", "/api/auth/login", {
        headers: { "content-type": "application/json; charset=UTF-8" },
        body: JSON.stringify({ email: ada.email, password: ada.password })
      })
      assert.strictEqual(status, 200)
    })
  })

  describe("paths and methods", () => {
    it("answers 404 for an unknown path", async () => {
      const { get, post } = use()
      for (const path of ["/api", "/api/nothing", "/api/orders/a/b/c", "/API/products", "/.env"])
        expectProblem(await get(path), 404, "not_found")
      expectProblem(await post("/api/auth", {}), 404, "not_found")
    })

    it("redirects a path with a slash at its end to the path without, and to no other host", async () => {
      const { target, call } = use()
      for (const [path, location] of [
        ["/docs/", "/docs"],
        ["/docs/errors/not_found/", "/docs/errors/not_found"],
        ["/api/products/?limit=2", "/api/products?limit=2"],
        ["/nothing//", "/nothing"],
        ["//other.example/", "/other.example"],
        ["//", "/"]
      ] as const) {
        const request = new Request(`${target.origin}${path}`, { redirect: "manual" })
        const { status, headers } = await target.fetch(request)
        assert.deepStrictEqual([status, headers.get("location")], [308, location], path)
      }
      expectProblem(await call("POST", "/api/orders/", { json: {} }), 404, "not_found")
    })

    it("lists all its parts on its first page", async () => {
      const { get } = use()
      const { status, headers, text } = await get("/")
      assert.strictEqual(status, 200)
      assert.match(headers.get("content-type") ?? "", /^text\/html/u)
      assert.include(headers.get("content-security-policy"), "default-src 'none'")
      const paths = Array.from(text.matchAll(/<a href="(\/[^"]*)"/gu), ([, path = ""]) => path)
      assert.includeMembers(paths, ["/docs", "/docs/errors", "/openapi.json", "/healthz"])
      for (const path of paths) {
        const request = new Request(`${use().target.origin}${path}`, { redirect: "manual" })
        const answer = await use().target.fetch(request)
        await answer.body?.cancel()
        // The console sends to its login.
        assert.strictEqual(answer.status, path === "/console" ? 303 : 200, path)
      }
    })

    it("answers 405 with the methods that a path has, for every other method", async () => {
      const { call, endpoints } = use()
      const methodsOf = ({ headers }: { readonly headers: Headers }) =>
        (headers.get("allow") ?? "").split(", ").toSorted()
      for (const [template, group] of Map.groupBy(endpoints, ({ template }) => template)) {
        const path = template.replace("{id}", unknownId).replace("{sku}", "any")
        const has = group.map(({ method }) => method)
        const expected = [...has, ...(has.includes("GET") ? ["HEAD"] : []), "OPTIONS"].toSorted()
        const others = ["GET", "POST", "PUT", "PATCH", "DELETE"].filter(
          (method) => !has.includes(method)
        )
        for (const method of others) {
          const answer = await call(method, path)
          expectProblem(answer, 405, "method_not_allowed")
          assert.deepStrictEqual(methodsOf(answer), expected, `${method} ${template}`)
        }
        const options = await call("OPTIONS", path)
        assert.deepStrictEqual([options.status, methodsOf(options)], [204, expected])
      }
    })

    it("answers HEAD as GET, without the body", async () => {
      const { call } = use()
      const [head, get] = [await call("HEAD", "/api/products"), await call("GET", "/api/products")]
      assert.deepStrictEqual([head.status, head.text], [200, ""])
      assert.strictEqual(head.headers.get("content-type"), get.headers.get("content-type"))
    })

    it("refuses broken percent-encoding everywhere", async () => {
      const { call, endpoints, admin } = use()
      for (const endpoint of endpoints) {
        const path = `${pathOf(endpoint)}?q=%ZZ`
        const answer = await call(endpoint.method, path, { token: admin.token })
        expectProblem(answer, 400, "invalid_request")
      }
      for (const broken of ["%", "%E0%A4%A", "%ff"]) {
        const answer = await call("GET", `/api/products/${broken}`)
        expectProblem(answer, 400, "invalid_request")
      }
    })

    it("limits the number of errors that it lists", async () => {
      const { post } = use()
      const fields = Array.from({ length: 2000 }, (_, i) => [`field${i}`, 1])
      const answer = await post("/api/auth/login", Object.fromEntries(fields))
      expectProblem(answer, 400, "invalid_request")
      assert.isAtMost(answer.json.errors.length, 20)
    })
  })

  describe("headers", () => {
    it("keeps a valid request id, and creates one otherwise", async () => {
      const { get } = use()
      const asked = async (id: string) =>
        (await get("/api/products", { headers: { "x-request-id": id } })).headers.get(
          "x-request-id"
        )
      assert.strictEqual(await asked("abc-1.2_3"), "abc-1.2_3")
      for (const id of ["a b", "<script>", "x".repeat(129), ""]) {
        const given = await asked(id)
        assert.notStrictEqual(given, id)
        assert.match(given ?? "", /^[A-Za-z0-9._-]{1,128}$/u)
      }
      const answer = await get("/api/orders", { headers: { "x-request-id": "find-me" } })
      assert.strictEqual(answer.json.instance, "find-me")
    })

    it("reports what remains of the client's limit", async () => {
      const { headers } = await use().get("/api/products")
      assert.match(headers.get("ratelimit") ?? "", /^"client";r=\d+;t=\d+$/u)
      assert.match(headers.get("ratelimit-policy") ?? "", /^"client";q=\d+;w=60$/u)
    })

    it("forbids pages of other origins to read it, and frames to show it", async () => {
      const { get } = use()
      const { headers } = await get("/api/products", {
        headers: { origin: "https://evil.example" }
      })
      assert.isNull(headers.get("access-control-allow-origin"))
      assert.include(headers.get("content-security-policy"), "frame-ancestors 'none'")
      assert.strictEqual(headers.get("referrer-policy"), "no-referrer")
      assert.strictEqual(headers.get("cache-control"), "no-store")
    })
  })

  describe("operations", () => {
    it("is alive and ready, with each dependency by name", async () => {
      const { get } = use()
      assert.deepStrictEqual((await get("/healthz")).json, { status: "ok" })
      const ready = await get("/readyz")
      assert.strictEqual(ready.status, 200, ready.text)
      assert.strictEqual(ready.json.draining, false)
      assert.strictEqual(ready.json.dependencies.mongo.ready, true)
    })

    it("counts requests by route, method and status", async () => {
      const { ada, get } = use()
      await get(`/api/orders/${unknownId}`, { token: ada.token })
      const { text } = await get("/metrics")
      assert.match(
        text,
        /^http_requests_total\{.*route="\/api\/orders\/:id".*\} [1-9]\d*$/mu,
        text.slice(0, 500)
      )
      assert.match(text, /^http_request_duration_seconds_bucket\{.*le="10".*\} \d+$/mu)
      assert.notInclude(text, unknownId)
    })

    it("has a page for the reference and for every error code that the document names", async () => {
      const { get, declared } = use()
      const codes = new Set(declared.flatMap((answer) => answer.split(" ")[2] ?? []))
      assert.isAbove(codes.size, 20)
      const pages = [
        "/docs",
        "/docs/plain",
        "/docs/errors",
        ...[...codes].map((code) => `/docs/errors/${code}`)
      ]
      for (const path of pages) {
        const { status, headers, text } = await get(path)
        assert.strictEqual(status, 200, path)
        assert.match(headers.get("content-type") ?? "", /^text\/html/u)
        const policy = headers.get("content-security-policy")
        for (const part of ["default-src 'none'", "style-src 'self'"]) assert.include(policy, part)
        const hasScript = path === "/docs" || path === "/docs/plain"
        assert.strictEqual(policy?.includes("script-src 'self'"), hasScript, path)
        assert.notMatch(text, /(?:src|href)="(?:https?:)?\/\//u)
      }
      expectProblem(await get("/docs/errors/nothing"), 404, "not_found")
    })

    it("describes itself in OpenAPI 3.1", async () => {
      const { json } = await use().get("/openapi.json")
      assert.strictEqual(json.openapi, "3.1.0")
      const ids = use().endpoints.map(({ operation }) => operation.operationId)
      assert.strictEqual(new Set(ids).size, ids.length)
    })

    it("shows the mailbox as a page", async () => {
      const { get } = use()
      const [newest] = (await get("/dev/mailbox.json")).json
      const { text, headers } = await get("/dev/mailbox")
      assert.include(text, newest.to)
      assert.include(headers.get("content-security-policy"), "script-src 'self'")
      assert.strictEqual((await get("/dev/mailbox.js")).status, 200)
    })

    it("shows one mail of the mailbox, with no right to run scripts", async () => {
      const { ada, get, messages } = use()
      const [mail] = await messages(ada.email)
      const shown = await get(`/dev/mailbox/${mail?.id}`)
      assert.strictEqual(shown.text, mail?.html)
      const policy = shown.headers.get("content-security-policy") ?? ""
      for (const part of ["default-src 'none'", "img-src data:;", "form-action 'none'", "sandbox"])
        assert.include(policy, part)
      assert.notInclude(policy, "script-src")
      for (const id of ["0", "-1", "1.5", "nothing", "99999999"])
        expectProblem(await get(`/dev/mailbox/${id}`), 404, "not_found")
    })
  })
}
