// A collector of traces that keeps what it is sent, or refuses it.
import { once } from "node:events"
import { createServer, type IncomingHttpHeaders } from "node:http"
import type { AddressInfo } from "node:net"
import { json } from "node:stream/consumers"

type Value = string | number | undefined
type Attributes = Readonly<Record<string, Value>>

interface SpanFields {
  readonly name: string
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  /** As OTLP numbers them: 1 internal, 2 server, 3 client, 4 producer, 5 consumer. */
  readonly kind: number
  /** Code 0 is none, 2 an error. */
  readonly status: { readonly code: number; readonly message?: string }
}

export interface CollectedSpan extends SpanFields {
  readonly service: string
  readonly resource: Attributes
  readonly attributes: Attributes
  /** The ids of the spans that it links to. */
  readonly links: ReadonlyArray<string>
  /** The names of its events, such as `exception`. */
  readonly events: ReadonlyArray<string>
}

type KeyValues = ReadonlyArray<{
  readonly key: string
  readonly value: { readonly stringValue?: string; readonly intValue?: number }
}>

/** The fields of OTLP's JSON that are read. */
interface Export {
  readonly resourceSpans: ReadonlyArray<{
    readonly resource: { readonly attributes: KeyValues }
    readonly scopeSpans: ReadonlyArray<{
      readonly spans: ReadonlyArray<
        SpanFields & {
          readonly attributes: KeyValues
          readonly links: ReadonlyArray<{ readonly spanId: string }>
          readonly events: ReadonlyArray<{ readonly name: string }>
        }
      >
    }>
  }>
}

const attributesOf = (pairs: KeyValues): Attributes =>
  Object.fromEntries(
    pairs.map(({ key, value: { stringValue, intValue } }): [string, Value] => [
      key,
      stringValue ?? intValue
    ])
  )

const spansOf = ({ resourceSpans }: Export): ReadonlyArray<CollectedSpan> =>
  resourceSpans.flatMap(({ resource: { attributes }, scopeSpans }) => {
    const resource = attributesOf(attributes)
    return scopeSpans.flatMap(({ spans }) =>
      spans.map((span) => ({
        ...span,
        service: String(resource["service.name"]),
        resource,
        attributes: attributesOf(span.attributes),
        links: span.links.map(({ spanId }) => spanId),
        events: span.events.map(({ name }) => name)
      }))
    )
  })

export const startCollector = async (status = 200) => {
  const spans: Array<CollectedSpan> = []
  const paths = new Set<string>()
  /** Of the last request. */
  let headers: IncomingHttpHeaders = {}
  const server = createServer(async (request, response) => {
    headers = request.headers
    paths.add(`${request.method} ${request.url}`)
    spans.push(...spansOf((await json(request)) as Export))
    response.writeHead(status, { "Content-Type": "application/json" }).end("{}")
  }).listen(0, "127.0.0.1")
  await once(server, "listening")
  const { port } = server.address() as AddressInfo
  return {
    endpoint: `http://127.0.0.1:${port}`,
    spans,
    paths,
    headers: () => headers,
    stop: async (): Promise<void> => {
      server.closeAllConnections()
      await new Promise((closed) => server.close(closed))
    }
  }
}
