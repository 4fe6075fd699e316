// The rules of `npm run fuzz` notice what they are for: each on an answer that breaks it alone.
import { assert, describe, it } from "vitest"
import { reproduction, toWire } from "../../../tools/fuzz/request.ts"
import { faultsOf, isDoubtful, makeRules } from "../../../tools/fuzz/rules.ts"
import { floodFaults } from "../../../tools/harness/flood.ts"
import { execute } from "../../../tools/harness/obtain/obtain.ts"

const json = (schema: object) => ({ "application/json": { schema } })
const problem = { type: "object", properties: { code: { const: "not_found" } }, required: ["code"] }

const document = {
  openapi: "3.1.0",
  paths: {
    "/things/{id}": {
      get: {
        operationId: "getThing",
        responses: {
          200: {
            content: json({
              type: "object",
              properties: { id: { type: "string" } },
              required: ["id"],
              additionalProperties: false
            }),
            headers: { ETag: { required: true, schema: { type: "string" } } }
          },
          404: { content: { "application/problem+json": { schema: problem } } },
          503: { content: { "application/problem+json": { schema: {} } } }
        }
      }
    }
  }
}

const rules = makeRules(document, ["a-key-of-ours"])
const request = { method: "GET", target: "/things/1", headers: [] }
const sent = { method: "GET", request, wire: toWire(request) }

interface Parts {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

const bytes = ({ status = 200, headers = {}, body = '{"id":"1"}' }: Parts): Buffer => {
  const all = {
    "X-Request-Id": "r1",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'",
    "Content-Type": status < 400 ? "application/json" : "application/problem+json",
    ETag: '"1"',
    "Content-Length": String(Buffer.byteLength(body)),
    ...headers
  }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`)
  return Buffer.from([`HTTP/1.1 ${status} Said`, ...lines, "", body].join("\r\n"))
}

const notFound = {
  type: "/docs/errors/not_found",
  title: "Not found",
  status: 404,
  detail: "There is none.",
  instance: "r1",
  code: "not_found"
}
const problemBytes = (change: object, status = 404): Buffer =>
  bytes({ status, body: JSON.stringify({ ...notFound, status, ...change }) })

const unavailable = problemBytes({ code: "unavailable", type: "/docs/errors/unavailable" }, 503)

const faults = (
  received: Buffer,
  {
    expects = "answer",
    allowed,
    ...outcome
  }: {
    readonly expects?: "answer" | "refusal" | "release"
    readonly allowed?: ReadonlyArray<number>
    readonly ms?: number
    readonly ended?: boolean
    readonly error?: string
  } = {}
) =>
  faultsOf(rules, { expects, ...(allowed === undefined ? {} : { allowed }) }, sent, {
    received,
    ms: 5,
    ended: true,
    ...outcome
  })

describe("the rules", () => {
  it("accept a response that is as declared", () => {
    assert.deepStrictEqual(faults(bytes({})), [])
    assert.deepStrictEqual(faults(problemBytes({})), [])
    assert.deepStrictEqual(faults(Buffer.alloc(0), { expects: "refusal" }), [])
    assert.deepStrictEqual(faults(Buffer.alloc(0), { expects: "release", ms: 11_000 }), [])
  })

  it.each([
    ["a failure of ours", bytes({ status: 500 }), /^answered 500$/mu],
    ["no availability", unavailable, /^answered 503$/mu],
    ["a status that is not declared", bytes({ status: 201 }), /is not declared/u],
    ["a body that does not fit", bytes({ body: '{"id":1}' }), /does not fit its schema/u],
    ["a field too many", bytes({ body: '{"id":"1","b":2}' }), /additional properties/u],
    [
      "a type that is not declared",
      bytes({ headers: { "Content-Type": "text/html" } }),
      /undeclared type/u
    ],
    ["no name of the request", bytes({ headers: { "X-Request-Id": "" } }), /X-Request-Id/u],
    ["a header of the client's", bytes({ headers: { "X-Injected": "yes" } }), /client's making/u],
    [
      "an error that is no problem",
      bytes({ status: 404, headers: { "Content-Type": "text/plain" } }),
      /an error of the type text\/plain/u
    ],
    ["a problem without a title", problemBytes({ title: undefined }), /without a title/u],
    ["a problem without a detail", problemBytes({ detail: "" }), /without a detail/u],
    ["a problem of another page", problemBytes({ type: "about:blank" }), /its code's page/u],
    ["a problem of another status", problemBytes({ status: 400 }), /another status/u],
    ["a problem of another request", problemBytes({ instance: "r2" }), /name its request/u],
    [
      "a stack",
      problemBytes({ detail: "Error\n    at run (file:///srv/dist/api/run.js:12:3)" }),
      /inside/u
    ],
    ["a hash", bytes({ body: '{"id":"$argon2id$v=19$m=19456"}' }), /inside/u],
    ["a database's words", problemBytes({ detail: "MongoServerError: E11000" }), /inside/u],
    ["a secret", bytes({ body: '{"id":"a-key-of-ours"}' }), /shows a secret/u],
    ["two answers to one request", Buffer.concat([bytes({}), bytes({})]), /more than one answer/u],
    ["half an answer", bytes({}).subarray(0, -3), /bytes of a body/u],
    ["no HTTP", Buffer.from("hello\r\n\r\n"), /no HTTP/u]
  ])("notice %s", (_, received, fault) => {
    assert.match(faults(received).join("\n"), fault)
  })

  it("notice a declared header that is missing", () => {
    const received = Buffer.from(String(bytes({})).replace(/ETag.*\r\n/u, ""))
    assert.match(faults(received).join("\n"), /lacks the header ETag/u)
  })

  it("check the response to a method that a path lacks, unless the request was not read", () => {
    const other = { method: "OPTIONS", request: { ...request, method: "OPTIONS" } }
    const answeredWith = (received: Buffer) =>
      faultsOf(
        rules,
        { expects: "answer" },
        { ...other, wire: toWire(other.request) },
        { received, ms: 5, ended: true }
      )
    const tooLarge = { code: "headers_too_large", type: "/docs/errors/headers_too_large" }
    assert.deepStrictEqual(answeredWith(problemBytes(tooLarge, 431)), [])
    assert.match(answeredWith(problemBytes({})).join(), /not 204 for a method/u)
  })

  it("notice a response that is right for another operation and wrong here", () => {
    assert.match(faults(bytes({}), { allowed: [401] }).join(), /200 where only 401 is right/u)
  })

  it.each([
    ["an answer after 10 s", bytes({}), { ms: 10_001 }],
    ["no answer", Buffer.alloc(0), { ended: false }],
    ["no availability", unavailable, { expects: "refusal" }],
    ["a reset", Buffer.alloc(0), { error: "ECONNRESET" }],
    ["a silent connection that is kept", Buffer.alloc(0), { expects: "release", ended: false }],
    ["one that is let go late", Buffer.alloc(0), { expects: "release", ms: 20_000 }]
  ] as const)("notice %s, and doubt it", (_, received, how) => {
    const found = faults(received, how)
    assert.isNotEmpty(found)
    assert.isTrue(found.every(isDoubtful), found.join())
  })

  it("do not doubt a connection that closes cleanly without a response", () => {
    assert.deepStrictEqual(faults(Buffer.alloc(0)).map(isDoubtful), [false])
  })
})

describe("the command that sends a request again", () => {
  it("sends the same bytes, for any bytes", async () => {
    const all = Buffer.from(Array.from({ length: 256 }, (_, i) => i))
    const command = reproduction("http://127.0.0.1:5000", { bytes: all }, undefined)
    const [printing = "", sending] = command.split(" | ")
    assert.strictEqual(sending, "nc 127.0.0.1 5000")
    const script = `${printing} | od -An -v -tx1 | tr -d ' \\n'`
    const { stdout } = await execute("bash", ["-c", script])
    assert.strictEqual(stdout, all.toString("hex"))
  })

  it("uses curl when curl can send it", () => {
    const post = {
      method: "POST",
      target: "/a/../b?c=%00",
      headers: [["Content-Type", "application/json"]] as const,
      body: Buffer.from(`{"it's":"é"}`)
    }
    assert.strictEqual(
      reproduction("http://127.0.0.1:5000", toWire(post), post),
      String.raw`curl -i --path-as-is -X POST -H $'Content-Type: application/json' --data-binary $'{"it\x27s":"\xc3\xa9"}' $'http://127.0.0.1:5000/a/../b?c=%00'`
    )
  })
})

describe("a flood", () => {
  const calm = {
    ...{ requests: 500, errors: 0, wrong: [], failures: 0 },
    ...{ worstMs: 900, slowest: "GET /", beforeMb: 100, peakMb: 300 }
  }

  it.each([
    [{}, undefined],
    [
      { errors: 1, wrong: ["GET /: 503"] },
      /^1 of 500 honest requests were not served: GET \/: 503$/u
    ],
    [{ failures: 2 }, /^2 requests of the attack were answered 500$/u],
    [{ worstMs: 1100 }, /^GET \/ of an honest client took 1\.1 s$/u],
    [{ peakMb: 501 }, /took 401 MiB$/u]
  ])("of which %j was met", (met, fault) => {
    const faults = floodFaults({ ...calm, ...met })
    assert.lengthOf(faults, fault === undefined ? 0 : 1)
    if (fault !== undefined) assert.match(faults[0] ?? "", fault)
  })
})
