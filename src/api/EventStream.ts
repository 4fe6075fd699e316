// A body of server-sent events (HTML, section 9.2). The part that its client has not read is in memory: one chunk, and
// the text after it. The stream ends when its client stops reading.

/** How long a client waits before it connects again: longer than a server that stops takes new connections. */
const retryMillis = 3000
/** The number of consecutive heartbeats that may find unread events. */
const mostUnread = 2

const encoder = new TextEncoder()

export interface StreamEvent {
  /** The id that the client sends when it reconnects. */
  readonly id: number
  /** Sent as JSON, which has no line breaks. */
  readonly data: unknown
}

/** As a client's `message` events, which need no name. */
export const encodeEvents = (events: ReadonlyArray<StreamEvent>): string =>
  events.map(({ id, data }) => `id: ${id}\ndata: ${JSON.stringify(data)}\n\n`).join("")

/** How a stream begins. */
export const preamble = `retry: ${retryMillis}\n\n`

/** A comment: it keeps proxies from closing the connection, and finds out that the client is gone. */
const heartbeat = ": heartbeat\n\n"

export class EventStream {
  readonly body: ReadableStream<Uint8Array<ArrayBuffer>>
  readonly #onEnd: () => void
  #controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>> | undefined
  /** Text that did not fit into the stream's buffer. */
  #waiting: string
  #unread = 0
  #isOver = false

  /** `onEnd` is called once, on either side's end of the stream. */
  constructor(first: string, onEnd: () => void) {
    this.#waiting = first
    this.#onEnd = onEnd
    this.body = new ReadableStream({
      start: (controller) => {
        this.#controller = controller
      },
      pull: () => this.#flush(),
      cancel: () => this.#leave()
    })
  }

  get isOver(): boolean {
    return this.#isOver
  }

  send(text: string): void {
    this.#waiting += text
    this.#flush()
  }

  beat(): void {
    if (this.#isOver) return
    if (this.#hasRoom) {
      this.#unread = 0
      this.send(heartbeat)
      return
    }
    this.#unread += 1
    if (this.#unread >= mostUnread) this.end()
  }

  /** After what was sent before. */
  end(): void {
    if (this.#isOver) return
    this.#leave()
    if (this.#waiting !== "") this.#enqueue()
    this.#controller?.close()
  }

  get #hasRoom(): boolean {
    return (this.#controller?.desiredSize ?? 0) > 0
  }

  #flush(): void {
    if (!this.#isOver && this.#waiting !== "" && this.#hasRoom) this.#enqueue()
  }

  #enqueue(): void {
    const text = this.#waiting
    // Before: where the client waits, `enqueue` asks for more.
    this.#waiting = ""
    this.#controller?.enqueue(encoder.encode(text))
  }

  #leave(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#onEnd()
  }
}
