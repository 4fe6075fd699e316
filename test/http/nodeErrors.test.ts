// What no handler gets to see, byte by byte over a socket: requests whose end proxies and servers may
// see differently (smuggling), and what is no HTTP at all. Each is one problem, and the connection ends.
import { connect } from "node:net"
import { text } from "node:stream/consumers"
import { Effect, Exit, Scope } from "effect"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { listen } from "../../src/http/NodeServer.ts"
import { problems } from "../../src/http/problems.ts"
import { type Embedded, embedded } from "../conformance/embedded.ts"

const start = async (fetch: (request: Request) => Response | Promise<Response>) => {
  const scope = await Effect.runPromise(Scope.make())
  const options = { fetch, host: "127.0.0.1", port: 0, waitForClients: false }
  const { port } = await Effect.runPromise(Scope.provide(listen(options), scope))
  return { port, stop: () => Effect.runPromise(Scope.close(scope, Exit.void)) }
}

/** Everything that comes back until the server ends the connection. */
const exchange = (port: number, bytes: string): Promise<string> => {
  const socket = connect(port, "127.0.0.1")
  socket.write(bytes)
  return text(socket)
}

const parse = (answer: string) => {
  const [head = "", body = "", ...rest] = answer.split("\r\n\r\n")
  const [line = "", ...fields] = head.split("\r\n")
  const headers = new Headers(
    fields.map((field): [string, string] => {
      const colon = field.indexOf(":")
      return [field.slice(0, colon), field.slice(colon + 1).trim()]
    })
  )
  return { status: Number(line.split(" ")[1]), headers, body, rest }
}

const utf8 = new TextEncoder()
const host = "Host: orders.test\r\n"
const smuggled = `GET /smuggled HTTP/1.1\r\n${host}\r\n`
const post = (headers: string, body: string) =>
  `POST /first HTTP/1.1\r\n${host}${headers}\r\n${body}`

describe("a server", () => {
  let reached: Array<string> = []
  let server: Awaited<ReturnType<typeof start>>
  beforeAll(async () => {
    server = await start(async (request) => {
      const path = new URL(request.url).pathname
      reached.push(path)
      if (path === "/dies") throw new Error("a secret of ours")
      if (path === "/streams")
        return new Response(
          new ReadableStream({ start: (controller) => controller.enqueue(utf8.encode("begun")) })
        )
      return new Response(`saw ${request.method} ${await request.text()}`)
    })
  })
  afterAll(() => server.stop())

  it.each([
    [
      "both lengths",
      post("Content-Length: 6\r\nTransfer-Encoding: chunked\r\n", `0\r\n\r\n${smuggled}`)
    ],
    [
      "both lengths, the other way round",
      post("Transfer-Encoding: chunked\r\nContent-Length: 6\r\n", `0\r\n\r\n${smuggled}`)
    ],
    ["two lengths", post("Content-Length: 0\r\nContent-Length: 50\r\n", smuggled)],
    ["a length with a sign", post("Content-Length: +0\r\n", smuggled)],
    ["a length that is none", post("Content-Length: 0x0\r\n", smuggled)],
    ["an unknown transfer coding", post("Transfer-Encoding: xchunked\r\n", `0\r\n\r\n${smuggled}`)],
    ["chunked not last", post("Transfer-Encoding: chunked, identity\r\n", `0\r\n\r\n${smuggled}`)],
    ["a blank before the colon", post("Transfer-Encoding : chunked\r\n", `0\r\n\r\n${smuggled}`)],
    ["a folded header", post("X-Folded: a\r\n Transfer-Encoding: chunked\r\n", smuggled)],
    ["a chunk size that is none", post("Transfer-Encoding: chunked\r\n", `zz\r\n\r\n${smuggled}`)],
    ["bare line feeds", `GET / HTTP/1.1\n${host}\n${smuggled}`],
    ["a NUL in a header", `GET / HTTP/1.1\r\n${host}X-Nul: a\0b\r\n\r\n${smuggled}`],
    [
      "a bare carriage return in a header",
      `GET / HTTP/1.1\r\n${host}X-Cr: a\rX-Injected: b\r\n\r\n${smuggled}`
    ],
    ["no Host", "GET / HTTP/1.1\r\n\r\n"],
    ["an empty Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n"],
    ["no Host with an absolute URL", "GET http://orders.test/ HTTP/1.1\r\n\r\n"],
    ["two Hosts of HTTP/1.0", `GET / HTTP/1.0\r\n${host}${host}\r\n`],
    ["two Hosts", `GET / HTTP/1.1\r\n${host}HOST: other.test\r\n\r\n${smuggled}`],
    ["the same Host twice", `GET / HTTP/1.1\r\n${host}${host}\r\n${smuggled}`],
    ["a Host with a path", "GET / HTTP/1.1\r\nHost: orders.test/evil\r\n\r\n"],
    ["a Host with a user", "GET / HTTP/1.1\r\nHost: a@orders.test\r\n\r\n"],
    ["an unknown method", `TRACK / HTTP/1.1\r\n${host}\r\n`],
    ["HTTP/2 in the clear", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"],
    ["a TLS greeting", "\x16\x03\x01\x02\x00\x01\x00\x01"]
  ])("refuses %s as one malformed request", async (_, bytes) => {
    reached = []
    const { status, headers, body, rest } = parse(await exchange(server.port, bytes))
    const problem = JSON.parse(body.replace(/^[0-9a-f]+\r\n/u, "").replace(/\r\n0$/u, ""))
    assert.strictEqual(status, 400)
    assert.deepInclude(problem, {
      type: "/docs/errors/invalid_request",
      code: "invalid_request",
      status: problems.invalid_request.status,
      title: problems.invalid_request.title
    })
    assert.strictEqual(headers.get("content-type"), "application/problem+json")
    assert.strictEqual(headers.get("connection"), "close")
    assert.strictEqual(headers.get("x-request-id"), problem.instance)
    assert.deepStrictEqual(
      rest.filter((part) => part !== ""),
      []
    )
    assert.notInclude(reached, "/smuggled")
  })

  it.each([
    ["without Host", "GET /healthz HTTP/1.0\r\n\r\n"],
    ["with an empty Host", "GET /healthz HTTP/1.0\r\nHost:\r\n\r\n"],
    ["with a Host", `GET /healthz HTTP/1.0\r\n${host}\r\n`],
    ["with a body", "POST /healthz HTTP/1.0\r\nContent-Length: 2\r\n\r\nhi"]
  ])("answers HTTP/1.0 %s, and closes", async (_, bytes) => {
    reached = []
    const { status, headers, body } = parse(await exchange(server.port, bytes))
    assert.deepStrictEqual([status, reached], [200, ["/healthz"]])
    assert.strictEqual(headers.get("connection"), "close")
    assert.isNull(headers.get("transfer-encoding"))
    assert.match(body, /^saw (?:GET|POST hi)/u)
  })

  it("sends no body after the head of a refused HEAD", async () => {
    const bytes = `HEAD / HTTP/1.1\r\n${host}X-Nul: a\0b\r\n\r\n`
    const { status, headers, body, rest } = parse(await exchange(server.port, bytes))
    assert.strictEqual(status, 400)
    assert.isAbove(Number(headers.get("content-length")), 0)
    assert.deepStrictEqual([body, ...rest], [""])
  })

  it.each([
    [
      "headers of more than 16 KiB",
      "headers_too_large",
      `GET / HTTP/1.1\r\n${host}X: ${"a".repeat(17_000)}\r\n\r\n`
    ],
    [
      "chunks with long extensions",
      "payload_too_large",
      post("Transfer-Encoding: chunked\r\n", `1;a=${"b".repeat(20_000)}\r\nx\r\n0\r\n\r\n`)
    ]
  ] as const)("refuses %s as %s", async (_, code, bytes) => {
    const { status, body } = parse(await exchange(server.port, bytes))
    assert.strictEqual(status, problems[code].status)
    assert.deepInclude(JSON.parse(body), { code, title: problems[code].title, status })
  })

  it("writes no error into a response that has begun", async () => {
    const socket = connect(server.port, "127.0.0.1")
    socket.write(`GET /streams HTTP/1.1\r\n${host}\r\n`)
    const chunks: Array<string> = []
    // The rest of that answer never comes: the connection breaks off instead.
    const broken = new Promise((resolve) => socket.once("close", resolve))
    socket.on("data", (chunk) => {
      if (chunks.push(String(chunk)) === 1) socket.write("nonsense\r\n\r\n")
    })
    await broken
    assert.match(chunks.join(""), /^HTTP\/1\.1 200 .*begun/su)
    assert.notInclude(chunks.join(""), "HTTP/1.1 400")
  })

  it("closes connections without complete headers after ten seconds, and says why", async () => {
    const began = performance.now()
    const answers = await Promise.all(
      ["", `GET / HTTP/1.1\r\n${host}`].map((bytes) => exchange(server.port, bytes))
    )
    const seconds = (performance.now() - began) / 1000
    for (const { status, headers, body } of answers.map(parse)) {
      assert.strictEqual(status, 408)
      assert.deepInclude(JSON.parse(body), { code: "request_timeout" })
      assert.strictEqual(headers.get("connection"), "close")
    }
    assert.isAbove(seconds, 9)
    assert.isBelow(seconds, 20)
  })

  it("accepts a body with an unknown Expect header", async () => {
    const answer = await exchange(
      server.port,
      post("Expect: the moon\r\nContent-Length: 1\r\nConnection: close\r\n", "x")
    )
    assert.include(answer, "saw POST x")
  })

  it("reveals nothing about a handler that dies", async () => {
    const answer = await exchange(
      server.port,
      `GET /dies HTTP/1.1\r\n${host}Connection: close\r\n\r\n`
    )
    assert.match(answer, /^HTTP\/1\.1 500 /u)
    assert.include(answer, '"code":"internal"')
    assert.notInclude(answer, "secret")
  })
})

describe("the API", () => {
  let system: Embedded
  let server: Awaited<ReturnType<typeof start>>
  beforeAll(async () => {
    system = await embedded()
    server = await start(async (request) => system.app.fetch(request))
  })
  afterAll(async () => {
    await server.stop()
    await system[Symbol.asyncDispose]()
  })

  it.each(["/healthz", "/readyz", "/api/products?limit=1"])(
    "answers GET %s by HTTP/1.0 without Host",
    async (path) => {
      const { status, body } = parse(await exchange(server.port, `GET ${path} HTTP/1.0\r\n\r\n`))
      assert.strictEqual(status, 200)
      assert.isObject(JSON.parse(body))
    }
  )

  it("echoes no request: TRACE is not allowed, and shows no header", async () => {
    for (const path of ["/api/products", "/healthz", "/docs"]) {
      const answer = await exchange(
        server.port,
        `TRACE ${path} HTTP/1.1\r\n${host}Authorization: Bearer canary\r\nConnection: close\r\n\r\n`
      )
      assert.match(answer, /^HTTP\/1\.1 405 /u)
      assert.match(answer, /^allow: (?!.*TRACE)/imu)
      assert.notInclude(answer, "canary")
    }
  })

  it.each(["9".repeat(400), "1.2.3.4.5", "0x100000000", "[::1", "a b", "a%00"])(
    "refuses a Host that no URL can have: %s",
    async (name) => {
      const answer = await exchange(
        server.port,
        `GET /api/products HTTP/1.1\r\nHost: ${name}\r\nConnection: close\r\n\r\n`
      )
      const { status, body } = parse(answer)
      assert.strictEqual(status, 400, answer)
      assert.include(body, '"code":"invalid_request"')
    }
  )

  it("is no proxy: CONNECT ends the connection, and a URL of another host is treated as a path", async () => {
    const connecting = await exchange(
      server.port,
      `CONNECT example.com:443 HTTP/1.1\r\n${host}\r\n`
    )
    assert.strictEqual(connecting, "")
    const absolute = await exchange(
      server.port,
      `GET http://example.com/nothing HTTP/1.1\r\n${host}Connection: close\r\n\r\n`
    )
    assert.match(absolute, /^HTTP\/1\.1 404 /u)
  })

  it("has no WebSocket: a request to upgrade is answered as a plain request", async () => {
    const answer = await exchange(
      server.port,
      `GET /healthz HTTP/1.1\r\n${host}Upgrade: websocket\r\nConnection: upgrade, close\r\n\r\n`
    )
    assert.match(answer, /^HTTP\/1\.1 200 /u)
  })
})
