// A collector of traces that keeps what it is sent, or refuses it.
import { once } from "node:events"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { json } from "node:stream/consumers"

export interface CollectedSpan {
  readonly service: string
  readonly name: string
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
}

interface Export {
  readonly resourceSpans: ReadonlyArray<{
    readonly resource: {
      readonly attributes: ReadonlyArray<{
        readonly key: string
        readonly value: { readonly stringValue: string }
      }>
    }
    readonly scopeSpans: ReadonlyArray<{
      readonly spans: ReadonlyArray<Omit<CollectedSpan, "service">>
    }>
  }>
}

const spansOf = ({ resourceSpans }: Export): ReadonlyArray<CollectedSpan> =>
  resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const name = resource.attributes.find(({ key }) => key === "service.name")
    return scopeSpans.flatMap(({ spans }) =>
      spans.map((span) => ({ ...span, service: name?.value.stringValue ?? "" }))
    )
  })

export const startCollector = async (status = 200) => {
  const spans: Array<CollectedSpan> = []
  const paths = new Set<string>()
  const server = createServer(async (request, response) => {
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
    stop: async (): Promise<void> => {
      server.closeAllConnections()
      await new Promise((closed) => server.close(closed))
    }
  }
}
