// What no HTTP client sends: bytes that are no request, requests whose end can be seen in two ways, and
// those that do not come to an end.
import type { Case, Group, View } from "./case.ts"
import { targetOf } from "./corpus.ts"
import { type Operation, validRequest } from "./operations.ts"
import { toWire } from "./request.ts"
import type { Wire } from "./wire.ts"

interface Place {
  readonly method: string
  readonly target: string
  /** The headers of a caller who is allowed to. */
  readonly authorization: string
}

const host = "Host: orders.test\r\n"
/** A request that must not be answered: it is part of the one before, or comes after a refusal. */
const smuggled = `GET /smuggled HTTP/1.1\r\n${host}Connection: close\r\n\r\n`
const json = "Content-Type: application/json\r\n"
const end = "0\r\n\r\n"

const refused: ReadonlyArray<readonly [string, (place: Place) => string]> = [
  ...(
    [
      ["both lengths", "Content-Length: 6\r\nTransfer-Encoding: chunked\r\n", end],
      [
        "both lengths, the other way round",
        "Transfer-Encoding: chunked\r\nContent-Length: 6\r\n",
        end
      ],
      ["two lengths", "Content-Length: 0\r\nContent-Length: 44\r\n", ""],
      ["the same length twice in one", "Content-Length: 2, 2\r\n", "{}"],
      ["a length with a sign", "Content-Length: +2\r\n", "{}"],
      ["a negative length", "Content-Length: -1\r\n", "{}"],
      ["a hexadecimal length", "Content-Length: 0x2\r\n", "{}"],
      ["a length of 30 digits", `Content-Length: ${"9".repeat(30)}\r\n`, "{}"],
      ["an unknown coding", "Transfer-Encoding: xchunked\r\n", end],
      ["chunked not last", "Transfer-Encoding: chunked, identity\r\n", end],
      ["a coding with a vertical tab", "Transfer-Encoding: \x0bchunked\r\n", end],
      ["a blank before the colon", "Transfer-Encoding : chunked\r\n", end],
      ["a folded header", "X-Folded: a\r\n Transfer-Encoding: chunked\r\n", end],
      ["a chunk that is none", "Transfer-Encoding: chunked\r\n", "zz\r\n\r\n"],
      ["a chunk with a sign", "Transfer-Encoding: chunked\r\n", "+2\r\n{}\r\n0\r\n\r\n"],
      ["a chunk of 2^64", "Transfer-Encoding: chunked\r\n", `${"f".repeat(17)}\r\n{}`],
      ["a header without a name", ": a\r\n", ""],
      ["a header without a colon", "nothing\r\n", ""],
      ["a NUL in a header", "X-Nul: a\0b\r\n", ""],
      ["a carriage return in a header", "X-Cr: a\rX-Injected: b\r\n", ""],
      ["a control character in a name", "X-\x01: a\r\n", ""],
      ["17 KiB of headers", `X-Long: ${"a".repeat(17_000)}\r\n`, ""],
      ["5000 headers", "X: a\r\n".repeat(5000), ""]
    ] as const
  ).map(
    ([what, headers, body]) =>
      [
        what,
        ({ method, target, authorization }: Place) =>
          `${method} ${target} HTTP/1.1\r\n${host}${authorization}${json}${headers}\r\n${body}${smuggled}`
      ] as const
  ),
  ["no Host", ({ method, target }) => `${method} ${target} HTTP/1.1\r\nConnection: close\r\n\r\n`],
  ["two Hosts", ({ method, target }) => `${method} ${target} HTTP/1.1\r\n${host}Host: a/b\r\n\r\n`],
  ["bare line feeds", ({ method, target }) => `${method} ${target} HTTP/1.1\n${host}\n${smuggled}`],
  ["HTTP/9.9", ({ method, target }) => `${method} ${target} HTTP/9.9\r\n${host}\r\n`],
  ["HTTP/0.9", ({ method, target }) => `${method} ${target}\r\n\r\n`],
  ["two blanks", ({ method, target }) => `${method}  ${target} HTTP/1.1\r\n${host}\r\n`],
  [
    "a blank in the target",
    ({ method, target }) => `${method} ${target} a HTTP/1.1\r\n${host}\r\n`
  ],
  ["an unknown method", ({ target }) => `TRACK ${target} HTTP/1.1\r\n${host}\r\n`],
  [
    "a method in small letters",
    ({ method, target }) => `${method.toLowerCase()} ${target} HTTP/1.1\r\n${host}\r\n`
  ],
  ["CONNECT", () => `CONNECT orders.test:443 HTTP/1.1\r\n${host}\r\n`],
  ["HTTP/2", () => "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"],
  ["TLS", () => "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"],
  ["SSH", () => "SSH-2.0-OpenSSH_9.6\r\n"],
  ["Redis", () => "*1\r\n$4\r\nPING\r\n"],
  [
    "a proxy's line",
    ({ method, target }) =>
      `PROXY TCP4 1.1.1.1 2.2.2.2 1 2\r\n${method} ${target} HTTP/1.1\r\n${host}\r\n`
  ],
  ["NULs", () => "\0".repeat(100)]
]

const served: ReadonlyArray<readonly [string, (place: Place) => string]> = [
  [
    "100 headers",
    ({ method, target, authorization }) =>
      `${method} ${target} HTTP/1.1\r\n${host}${authorization}Connection: close\r\n${Array.from({ length: 100 }, (_, i) => `X-${i}: a\r\n`).join("")}\r\n`
  ],
  ["HTTP/1.0", ({ method, target }) => `${method} ${target} HTTP/1.0\r\n${host}\r\n`],
  [
    "empty lines before",
    ({ method, target }) =>
      `\r\n\r\n${method} ${target} HTTP/1.1\r\n${host}Connection: close\r\n\r\n`
  ],
  [
    "three in a row",
    ({ method, target, authorization }) => {
      const one = `${method} ${target} HTTP/1.1\r\n${host}${authorization}`
      return `${one}\r\n${one}\r\n${one}Connection: close\r\n\r\n`
    }
  ],
  [
    "trailers",
    ({ method, target, authorization }) =>
      `${method} ${target} HTTP/1.1\r\n${host}${authorization}${json}Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nAuthorization: Bearer a.b.c\r\nContent-Length: 5\r\n\r\n`
  ]
]

const unfinished: ReadonlyArray<readonly [string, (place: Place) => Wire]> = [
  [
    "half a body",
    (place) => ({ bytes: Buffer.from(`${head(place, "Content-Length: 1000")}{"a":`) })
  ],
  ["no byte of a body", (place) => ({ bytes: Buffer.from(head(place, "Content-Length: 10")) })],
  [
    "a chunk, and no end",
    (place) => ({ bytes: Buffer.from(`${head(place, "Transfer-Encoding: chunked")}1\r\n{\r\n`) })
  ],
  [
    "a byte of the body a second",
    (place) => ({
      bytes: Buffer.from(`${head(place, "Content-Length: 1000")}${" ".repeat(1000)}`),
      pace: { size: head(place, "Content-Length: 1000").length, everyMs: 1000 }
    })
  ]
]

const silent: ReadonlyArray<readonly [string, Wire]> = [
  ["nothing", { bytes: Buffer.alloc(0) }],
  ["half a request line", { bytes: Buffer.from("GET /api/pro") }],
  ["headers without an end", { bytes: Buffer.from(`GET /healthz HTTP/1.1\r\n${host}`) }],
  [
    "a byte of the headers a second",
    {
      bytes: Buffer.from(`GET /healthz HTTP/1.1\r\n${host}X: ${"a".repeat(100)}`),
      pace: { size: 1, everyMs: 1000 }
    }
  ]
]

const head = ({ method, target, authorization }: Place, length: string): string =>
  `${method} ${target} HTTP/1.1\r\n${host}${authorization}${json}Connection: close\r\n${length}\r\n\r\n`

const placeOf = (operation: Operation, view: View): Place => {
  const token = view.tokens[operation.caller]
  return {
    method: operation.method,
    target: targetOf(operation, view),
    authorization: token === undefined ? "" : `Authorization: Bearer ${token}\r\n`
  }
}

const bytewise = (
  group: Group,
  operation: Operation,
  expects: Case["expects"],
  what: string,
  wire: (place: Place) => Wire
): Case => ({
  group,
  operation: operation.id,
  what,
  expects,
  make: (view) => ({ method: operation.method, wire: wire(placeOf(operation, view)) })
})

const latin1 = (text: string): Wire => ({ bytes: Buffer.from(text, "latin1") })

export const rawHttp = (operation: Operation): ReadonlyArray<Case> => [
  ...refused.map(([what, text]) =>
    bytewise("raw HTTP", operation, "refusal", what, (place) => latin1(text(place)))
  ),
  ...served.map(([what, text]) =>
    bytewise("raw HTTP", operation, "answer", what, (place) => latin1(text(place)))
  )
]

/** Each takes up to ten seconds, so they run at the same time as the others. */
export const slow = (operation: Operation): ReadonlyArray<Case> => [
  ...unfinished
    // An operation without a body answers before one has arrived.
    .slice(0, operation.example === undefined ? 1 : unfinished.length)
    .map(([what, wire]) => bytewise("slow", operation, "answer", what, wire)),
  {
    group: "slow",
    operation: operation.id,
    what: "a whole request, a few bytes at a time",
    expects: "answer",
    make: (view) => {
      const request = validRequest(operation, view.known, view.tokens[operation.caller])
      const { bytes } = toWire(request)
      const pace = { size: Math.ceil(bytes.length / 40), everyMs: 100 }
      return { method: request.method, request, wire: { bytes, pace } }
    }
  }
]

/** Of no operation: there is no telling which it would have been. */
export const silence: ReadonlyArray<Case> = silent.map(([what, wire]) => ({
  group: "slow",
  operation: "(none)",
  what,
  expects: "release",
  make: () => ({ method: "GET", wire })
}))
