// The corpus on one operation: every value in every place that it has.
import { type Case, changed, type View } from "./case.ts"
import { objectsIn, type Pointer, pointersIn, put, shown, without } from "./json.ts"
import { bodyOf, type Operation, pathOf } from "./operations.ts"
import { type Request, withHeader } from "./request.ts"
import { forgeries, type Issued } from "./tokens.ts"
import { bodies, bytes, contentEncodings, contentTypes, jsonTexts, texts } from "./values.ts"

/** Each byte in percent-encoding; halves of surrogate pairs as the three bytes that they would be. */
const percent = (value: string | Buffer): string => {
  const raw = typeof value === "string" ? Buffer.concat([...value].map(utf8)) : value
  return [...raw].map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join("")
}

const utf8 = (char: string): Buffer => {
  const point = char.codePointAt(0) ?? 0
  return point >= 0xd800 && point <= 0xdfff
    ? Buffer.from([0xed, 0x80 | ((point >> 6) & 0x3f), 0x80 | (point & 0x3f)])
    : Buffer.from(char)
}

/** Longer ones do not fit in with the headers. */
const short = <A extends { readonly length: number }>(
  values: ReadonlyArray<readonly [string, A]>
) => values.filter(([, value]) => value.length <= 4097)

/** What fits into a path, a query or a header. */
const inPath = [...short(texts), ...bytes]

const withTarget = (target: (path: string) => string) => (request: Request) => ({
  ...request,
  target: target(request.target)
})

const pathTricks: ReadonlyArray<readonly [string, (path: string) => string]> = [
  ["a slash at the end", (path) => `${path}/`],
  ["two slashes before", (path) => `/${path}`],
  ["slashes doubled", (path) => path.replaceAll("/", "//")],
  ["a dot segment", (path) => `/.${path}`],
  ["up and down again", (path) => `/a/..${path}`],
  ["up, encoded", (path) => `/a/%2e%2e${path}`],
  ["up, encoded twice", (path) => `/a/%252e%252e${path}`],
  ["up beyond the root", (path) => `/../../..${path}`],
  ["up from the end", (path) => `${path}/../../../../etc/passwd`],
  ["a backslash", (path) => path.replaceAll("/", "\\")],
  ["slashes encoded", (path) => `/${path.slice(1).replaceAll("/", "%2f")}`],
  ["slashes encoded twice", (path) => `/${path.slice(1).replaceAll("/", "%252f")}`],
  ["letters encoded", (path) => path.replace(/[a-z]/gu, (char) => percent(char))],
  [
    "letters encoded twice",
    (path) => path.replace(/[a-z]/u, (char) => `%25${percent(char).slice(1)}`)
  ],
  ["capitals", (path) => path.toUpperCase()],
  ["a matrix parameter", (path) => `${path};a=b`],
  ["a NUL at the end", (path) => `${path}%00`],
  ["a NUL and a suffix", (path) => `${path}%00.json`],
  ["a suffix", (path) => `${path}.json`],
  ["a line break", (path) => `${path}%0d%0aX-Injected:%20yes`],
  ["a fragment", (path) => `${path}#a`],
  ["a broken escape", (path) => `${path}%`],
  ["an escape of no digits", (path) => `${path}/%zz`],
  ["an overlong slash", (path) => path.replace(/\/(?=[^/]*$)/u, "%c0%af")],
  ["another host", (path) => `http://evil.example${path}`],
  ["another scheme", (path) => `file://${path}`],
  ["a host in the path", (path) => `//evil.example${path}`],
  ["no slash", (path) => path.slice(1)],
  ["an asterisk", () => "*"],
  ["nothing but a query", () => "?a"],
  ["12,000 characters", (path) => `${path}/${"a".repeat(12_000)}`],
  ["3000 segments", (path) => `${path}${"/a".repeat(3000)}`],
  ["a regular expression", (path) => path.replace(/[^/]+$/u, ".*")],
  ["the pattern itself", (path) => path.replace(/[^/]+$/u, ":id")]
]

const methods = [
  "HEAD",
  "OPTIONS",
  "GET",
  "POST",
  "PUT",
  "PATCH",
  "DELETE",
  "TRACE",
  "PROPFIND",
  "PURGE"
]

export const paths = (operation: Operation): ReadonlyArray<Case> => [
  ...operation.path.flatMap((name) =>
    inPath.map(([what, value]) =>
      changed("paths", operation, `${what} as {${name}}`, (request) => ({
        ...request,
        target: operation.template.replace(`{${name}}`, percent(value)).replaceAll(/\{\w+\}/gu, "a")
      }))
    )
  ),
  ...pathTricks.map(([what, trick]) => changed("paths", operation, what, withTarget(trick))),
  ...methods
    .filter((method) => method !== operation.method)
    .map((method) =>
      changed("paths", operation, `the method ${method}`, (request) => ({ ...request, method }))
    )
]

const queryTricks: ReadonlyArray<readonly [string, string]> = [
  ["an unknown one", "a=b"],
  ["an operator", "limit[$gt]=1"],
  ["an operator alone", "$where=sleep(20000)"],
  ["an array", "limit[]=1&limit[]=2"],
  ["a prototype", "__proto__[admin]=1&constructor[prototype][a]=1"],
  ["__proto__", "__proto__=1"],
  ["constructor", "constructor=1&toString=1&hasOwnProperty=1"],
  ["1000 of them", Array.from({ length: 1000 }, (_, i) => `a${i}=`).join("&")],
  ["one 500 times", "limit=1&".repeat(500)],
  ["separators alone", "&&&===&&;;"],
  ["no value", "limit"],
  ["an empty name", "=1"],
  ["a second question mark", "limit=1?limit=2"],
  ["a broken escape", "limit=%zz"],
  ["a NUL", "limit=1%00"],
  ["a line break", "limit=1%0d%0aX-Injected:%20yes"],
  ["a plus", "limit=+1"],
  ["a blank, encoded", "limit=%201"],
  ["an access token", "access_token=a&token=b"],
  ["another method", "_method=DELETE"]
]

export const queries = (operation: Operation): ReadonlyArray<Case> => [
  ...operation.query.flatMap(({ name }) =>
    inPath.map(([what, value]) =>
      changed(
        "queries",
        operation,
        `${what} as ${name}`,
        withTarget((path) => `${path}?${name}=${percent(value)}`)
      )
    )
  ),
  ...operation.query.map(({ name }) =>
    changed(
      "queries",
      operation,
      `${name} twice`,
      withTarget((path) => `${path}?${name}=1&${name}=2`)
    )
  ),
  ...queryTricks.map(([what, query]) =>
    changed(
      "queries",
      operation,
      what,
      withTarget((path) => `${path}?${query}`)
    )
  )
]

/** Headers that the service, its libraries, or proxies before it read. */
const headerNames = [
  ...[
    "X-Request-Id",
    "Authorization",
    "Idempotency-Key",
    "If-None-Match",
    "traceparent",
    "tracestate"
  ],
  ...[
    "X-Forwarded-For",
    "Forwarded",
    "X-Forwarded-Host",
    "X-Original-URL",
    "X-HTTP-Method-Override"
  ],
  ...[
    "Host",
    "Origin",
    "Cookie",
    "Accept",
    "Accept-Encoding",
    "Range",
    "Expect",
    "Upgrade",
    "Content-Type"
  ],
  ...["Last-Event-ID", "Access-Control-Request-Method", "__proto__", "constructor"]
]

const headerTricks: ReadonlyArray<readonly [string, string, string]> = [
  ["another method by header", "X-HTTP-Method-Override", "DELETE"],
  ["another path by header", "X-Original-URL", "/api/admin/events"],
  ["an address of this machine", "X-Forwarded-For", "127.0.0.1"],
  ["1000 addresses", "X-Forwarded-For", "1.1.1.1,".repeat(1000)],
  ["a trace that is none", "traceparent", "00-zz-zz-01"],
  ["a trace of zeros", "traceparent", `00-${"0".repeat(32)}-${"0".repeat(16)}-00`],
  ["a trace of the future", "traceparent", `ff-${"a".repeat(32)}-${"b".repeat(16)}-01`],
  ["a range", "Range", "bytes=0-0,-1"],
  ["20,000 ranges", "Range", `bytes=${"0-,".repeat(4000)}`],
  ["what it accepts alone", "Accept", "text/html"],
  ["Basic", "Authorization", "Basic YWRtaW46YWRtaW4="],
  ["a scheme alone", "Authorization", "Bearer"],
  ["a scheme and blanks", "Authorization", `Bearer${" ".repeat(5000)}`],
  ["an expectation", "Expect", "100-continue"],
  ["a WebSocket", "Upgrade", "websocket"],
  ["HTTP/2", "Upgrade", "h2c"],
  ["any version", "If-None-Match", "*"],
  ["5000 versions", "If-None-Match", '"a",'.repeat(2000)],
  ["a foreign page", "Origin", "https://evil.example"],
  ["no page", "Origin", "null"],
  ["a session", "Cookie", "session=admin; token=a"]
]

const setHeader = (operation: Operation, what: string, name: string, value: string | Buffer) =>
  changed("headers", operation, `${what} in ${name}`, (request) => withHeader(request, name, value))

/** What stands before the operations reads these, so each value goes to one of them. */
export const sharedHeaders = (pick: () => Operation): ReadonlyArray<Case> =>
  headerNames.flatMap((name) => inPath.map(([what, value]) => setHeader(pick(), what, name, value)))

export const headers = (operation: Operation): ReadonlyArray<Case> => {
  return [
    ...operation.headers.flatMap((name) =>
      inPath.map(([what, value]) => setHeader(operation, what, name, value))
    ),
    ...headerTricks.map(([what, name, value]) => setHeader(operation, what, name, value)),
    ...headerNames.map((name) =>
      changed("headers", operation, `${name} twice`, (request) => ({
        ...request,
        headers: [...request.headers, [name, "a"] as const, [name, "b"] as const]
      }))
    )
  ]
}

const names = forgeries({ access: "e30.e30.AAAA", refresh: "e30.e30.AAAA" }).map(([name]) => name)

const forged = (issued: Issued, name: string): string =>
  forgeries(issued).find(([other]) => other === name)?.[1] ?? ""

/** Only where a token is asked for. */
export const tokens = (operation: Operation): ReadonlyArray<Case> =>
  operation.caller === "anonymous"
    ? []
    : [
        ...names.map((name) =>
          changed(
            "tokens",
            operation,
            name,
            (request, { issued }) =>
              withHeader(request, "Authorization", `Bearer ${forged(issued, name)}`),
            [401]
          )
        ),
        changed(
          "tokens",
          operation,
          "none",
          (request) => withHeader(request, "Authorization"),
          [401]
        ),
        changed(
          "tokens",
          operation,
          "two, the second a good one",
          (request) => ({
            ...withHeader(request, "Authorization", "Bearer a.b.c"),
            headers: [["Authorization", "Bearer a.b.c"], ...request.headers]
          }),
          [400, 401]
        )
      ]

type Body = (body: unknown) => Buffer

const inBody = (operation: Operation, what: string, make: Body): Case =>
  changed("bodies", operation, what, (request, { known }: View) => ({
    ...request,
    body: make(bodyOf(operation, known))
  }))

const quoted = (value: Buffer): Buffer =>
  Buffer.concat([Buffer.from('"a'), value, Buffer.from('b"')])

const valuesInBody: ReadonlyArray<readonly [string, string | Buffer]> = [
  ...texts.map(([what, value]) => [what, JSON.stringify(value)] as const),
  ...jsonTexts,
  ...bytes.map(([what, value]) => [`${what} in a string`, quoted(value)] as const),
  ...bytes
]

const extraKeys = [
  "__proto__",
  "constructor",
  "prototype",
  "$where",
  "$gt",
  "a.b",
  "",
  "role",
  "id",
  "toJSON"
]

export const bodiesOf = (operation: Operation): ReadonlyArray<Case> => {
  const { example } = operation
  if (example === undefined) return []
  const at = (pointer: Pointer) => shown(pointer)
  return [
    ...pointersIn(example).flatMap((pointer) => [
      ...valuesInBody.map(([what, value]) =>
        inBody(operation, `${what} as ${at(pointer)}`, (body) => put(body, pointer, value))
      ),
      ...(pointer.length === 0
        ? []
        : [inBody(operation, `no ${at(pointer)}`, (body) => without(body, pointer))])
    ]),
    ...objectsIn(example).flatMap((pointer) =>
      extraKeys.map((key) =>
        inBody(operation, `${key} in ${at(pointer)}`, (body) =>
          put(body, [...pointer, key], '{"role":"admin"}')
        )
      )
    ),
    inBody(operation, "every key twice", (body) => {
      const text = JSON.stringify(body)
      return Buffer.from(`${text.slice(0, -1)},${text.slice(1)}`)
    }),
    inBody(operation, "a comma at the end", (body) =>
      Buffer.from(`${JSON.stringify(body).slice(0, -1)},}`)
    ),
    inBody(operation, "cut short", (body) => Buffer.from(JSON.stringify(body).slice(0, -3))),
    inBody(operation, "NULs after it", (body) => Buffer.from(`${JSON.stringify(body)}\0\0`)),
    inBody(operation, "a byte order mark before it", (body) =>
      Buffer.from(`\ufeff${JSON.stringify(body)}`)
    )
  ]
}

/** Bytes of a body that are on their way before an answer comes. */
const readAnyway = 10_000

const refusedTypes = /^(?!application\/json *(?:; *charset *= *utf-8 *)?$)/iu

/** What a body is said to be, and bodies that fit no operation. Those that take none ignore them. */
export const formats = (operation: Operation): ReadonlyArray<Case> => {
  const takes = operation.example !== undefined
  const set = (what: string, name: string, value: string, allowed?: ReadonlyArray<number>) =>
    changed(
      "formats",
      operation,
      `${what} ${value.slice(0, 60)}`,
      (request) => withHeader({ ...request, body: request.body ?? Buffer.from("{}") }, name, value),
      allowed
    )
  return [
    ...contentTypes.map((type) =>
      set("the type", "Content-Type", type, takes && refusedTypes.test(type) ? [415] : undefined)
    ),
    ...contentEncodings.map((encoding) =>
      set(
        "packed as",
        "Content-Encoding",
        encoding,
        takes && encoding !== "identity" ? [415] : undefined
      )
    ),
    // A server need not read what it has no use for, and ends the connection: a client that is still
    // writing then loses the answer (RFC 9112, 9.6).
    ...bodies
      .filter(([, body]) => takes || body.length <= readAnyway)
      .map(([what, body]) =>
        changed("formats", operation, `${what} as the body`, (request) =>
          withHeader({ ...request, body }, "Content-Type", "application/json")
        )
      ),
    changed("formats", operation, "no type", (request) => withHeader(request, "Content-Type")),
    changed("formats", operation, "a body in one chunk", (request) => {
      const { body = Buffer.from("{}") } = request
      const size = body.length.toString(16)
      return {
        ...withHeader(request, "Transfer-Encoding", "chunked"),
        body: Buffer.concat([Buffer.from(`${size}\r\n`), body, Buffer.from("\r\n0\r\n\r\n")])
      }
    })
  ]
}

/** A target that the operation has, for what is not made from a whole request. */
export const targetOf = (operation: Operation, { known }: View): string => pathOf(operation, known)
