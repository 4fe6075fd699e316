// A request before it is bytes: what generators change, what a person reads, and how to send it again.
import type { Wire } from "./wire.ts"

export interface Request {
  readonly method: string
  /** As it stands in the request line: nothing is normalized. */
  readonly target: string
  readonly headers: ReadonlyArray<readonly [name: string, value: string | Buffer]>
  readonly body?: Buffer | undefined
}

const line = (...parts: ReadonlyArray<string | Buffer>): Buffer =>
  Buffer.concat([...parts.map((part) => Buffer.from(part as string)), Buffer.from("\r\n")])

const names = (request: Request): ReadonlySet<string> =>
  new Set(request.headers.map(([name]) => name.toLowerCase()))

/** With the headers that HTTP needs, where the request does not bring its own. The server is to end the connection. */
export function toWire(request: Request): Wire {
  const given = names(request)
  const length = request.body?.length ?? 0
  const framed = given.has("content-length") || given.has("transfer-encoding")
  const added: ReadonlyArray<readonly [string, string]> = [
    ...(given.has("host") ? [] : [["Host", "orders.test"] as const]),
    ...(request.body === undefined || framed ? [] : [["Content-Length", String(length)] as const]),
    ...(given.has("connection") ? [] : [["Connection", "close"] as const])
  ]
  return {
    bytes: Buffer.concat([
      line(`${request.method} ${request.target} HTTP/1.1`),
      ...[...added, ...request.headers].map(([name, value]) => line(name, ": ", value)),
      line(""),
      request.body ?? Buffer.alloc(0)
    ])
  }
}

/** The request with this header in place of those of its name; without any where there is no value. */
export function withHeader(request: Request, name: string, value?: string | Buffer): Request {
  const others = request.headers.filter(([other]) => other.toLowerCase() !== name.toLowerCase())
  return { ...request, headers: value === undefined ? others : [...others, [name, value]] }
}

const longest = 4000

const escaped = (bytes: Buffer): string =>
  bytes
    .toString("latin1")
    .replace(
      /[^ !"#%&()*+,./0-9:;<=>?@A-Z[\]^_`a-z{|}~-]/gu,
      (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, "0")}`
    )

/** A word of bash. It can't hold a NUL. */
const quoted = (bytes: Buffer): string => `$'${escaped(bytes)}'`

/** A format of printf that takes any bytes. */
const formatted = (bytes: Buffer): string => `'${escaped(bytes).replaceAll("%", "%%")}'`

const printable = /^[\x20-\x7e]*$/u

const asCurl = ({ method, target, headers, body }: Request, url: string): string =>
  [
    "curl -i --path-as-is",
    `-X ${method}`,
    ...headers.map(([name, value]) => `-H ${quoted(Buffer.from(`${name}: ${value}`))}`),
    ...(body === undefined ? [] : [`--data-binary ${quoted(body)}`]),
    quoted(Buffer.from(`${url}${target}`))
  ].join(" ")

/** A command that sends the same again: curl where curl can, or the bytes themselves. */
export function reproduction(url: string, wire: Wire, request: Request | undefined): string {
  const plain =
    request !== undefined &&
    wire.pace === undefined &&
    printable.test(request.target) &&
    request.headers.every(([, value]) => printable.test(String(value)) && value.length > 0) &&
    !request.body?.includes(0)
  const { hostname, port } = new URL(url)
  const command = plain
    ? asCurl(request, url)
    : `printf ${formatted(wire.bytes)} | nc ${hostname} ${port}`
  return command.length <= longest
    ? command
    : `${command.slice(0, longest)}… (${command.length} characters; whole in the raw result)`
}
