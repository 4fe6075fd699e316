// The changes of an order, as server-sent events (HTML, section 9.2). A stream that ends or breaks is resumed after the
// last event, until the API says that no more events will come.
import { ConnectionError } from "./errors.ts"
import type { TimelineEntry } from "./operations.ts"
import {
  errorOf,
  inTime,
  mayBeRepeated,
  type Outgoing,
  requestOf,
  type Sending,
  waitAfter
} from "./send.ts"
import type { ClientSession } from "./session.ts"
import { backOff, sleep } from "./waiting.ts"

export interface OrderEvent {
  /** The entry's index in the timeline: `lastEventId` to go on behind it. */
  readonly id: string
  readonly data: TimelineEntry
}

export interface EventsOptions {
  readonly signal?: AbortSignal | undefined
  /** The id of the last event that is known already. */
  readonly lastEventId?: string | undefined
}

/** The API sends a comment every 15 seconds. */
const silenceMillis = 45_000
/** Behind a stream that ended in order: clients of a server that stops do not come back together. */
const spreadMillis = 1000
/** How many attempts in a row may bring nothing, where one before them did: about a minute. */
const onceOpened = 10

interface Block {
  readonly id?: string
  readonly data?: string
  readonly retry?: number
}

/** The fields of a block of lines. Of data in several lines one text is made. */
const blockOf = (lines: ReadonlyArray<string>): Block => {
  const fields: Record<string, string> = {}
  for (const line of lines) {
    const [, name = "", value = ""] = /^([^:]*)(?:: ?(.*))?$/u.exec(line) ?? []
    fields[name] = name === "data" && "data" in fields ? `${fields["data"]}\n${value}` : value
  }
  const { id, data, retry } = fields
  return {
    ...(id === undefined ? {} : { id }),
    ...(data === undefined ? {} : { data }),
    ...(retry !== undefined && /^\d+$/u.test(retry) ? { retry: Number(retry) } : {})
  }
}

/** The blocks of a stream as they become whole. Comments come as empty ones: they show that the connection lives. */
export async function* blocks(
  chunks: AsyncIterable<Uint8Array>
): AsyncGenerator<Block, void, undefined> {
  const decoder = new TextDecoder()
  let text = ""
  let lines: Array<string> = []
  for await (const chunk of chunks) {
    text += decoder.decode(chunk, { stream: true })
    // The last one may go on in the next chunk, and so may a line end of two characters.
    const complete = text.split(/\r\n|\n|\r(?!$)/u)
    text = complete.pop() ?? ""
    for (const line of complete) {
      if (line !== "") lines.push(line)
      else {
        yield blockOf(lines)
        lines = []
      }
    }
  }
}

/** The chunks of a body, none of which takes longer than the API stays silent. Leaving the loop ends the request. */
async function* chunksOf(
  body: ReadableStream<Uint8Array>,
  from: Pick<Outgoing, "url" | "signal">
): AsyncGenerator<Uint8Array, void, undefined> {
  const reader = body.getReader()
  try {
    for (;;) {
      const { done, value } = await inTime(from, silenceMillis, () => reader.read())
      if (done) return
      yield value
    }
  } finally {
    // Of a body that broke off it rejects, with what is known already.
    await reader.cancel().catch(() => undefined)
  }
}

export interface Following {
  readonly url: string
  readonly sending: Sending
  /** Asks with the headers of the user. */
  readonly authorized: ClientSession["authorized"]
}

/** How far a client is. */
interface Progress {
  /** The id of the last event. */
  last: string | undefined
  /** Of attempts that brought nothing, in a row. */
  failures: number
  mostFailures: number
  /** How long to wait before another attempt, as the API asks for. */
  retryMillis: number | undefined
}

/** A body to read; undefined where nothing more will come. */
const open = (
  { url, sending, authorized }: Following,
  { last }: Progress,
  signal: AbortSignal | undefined
): Promise<ReadableStream<Uint8Array> | undefined> =>
  authorized(async (headers) => {
    const resume = last === undefined ? {} : { "last-event-id": last }
    const connection = new AbortController()
    return inTime({ url, signal }, sending.timeoutMillis, async (either) => {
      either.addEventListener("abort", () => connection.abort(either.reason), { once: true })
      const asked = { url, method: "get", headers: { ...headers, ...resume } }
      const response = await sending.fetch(requestOf(asked, connection.signal))
      if (!response.ok) throw errorOf(response, await response.text())
      return response.status === 204 ? undefined : (response.body ?? undefined)
    })
  }, signal)

/** The events of one stream. It fails where nothing is in it. */
async function* eventsIn(
  body: ReadableStream<Uint8Array>,
  from: Pick<Outgoing, "url" | "signal">,
  progress: Progress
): AsyncGenerator<OrderEvent, void, undefined> {
  let isEmpty = true
  for await (const { id, data, retry } of blocks(chunksOf(body, from))) {
    // Each stream begins with it, also that of a server that stops.
    if (retry !== undefined) {
      progress.retryMillis = retry
      continue
    }
    isEmpty = false
    progress.failures = 0
    progress.mostFailures = onceOpened
    progress.last = id ?? progress.last
    if (id !== undefined && data !== undefined) yield { id, data: JSON.parse(data) }
  }
  if (isEmpty) throw new ConnectionError(from.url, new Error("the stream ended with nothing in it"))
}

/** How long to wait after a failure; rejects with it where there is no other attempt to make. */
const waitOrFail = (error: unknown, progress: Progress, sending: Sending): number => {
  progress.failures += 1
  const { failures, mostFailures, retryMillis } = progress
  const wait = waitAfter(error, failures, sending)
  if (failures >= mostFailures || wait === undefined || !mayBeRepeated(error, true)) throw error
  return Math.max(wait, backOff(failures, retryMillis))
}

export async function* follow(
  following: Following,
  { signal, lastEventId }: EventsOptions
): AsyncGenerator<OrderEvent, void, undefined> {
  const { url, sending } = following
  const progress: Progress = {
    last: lastEventId,
    failures: 0,
    mostFailures: sending.attempts,
    retryMillis: undefined
  }
  for (;;) {
    try {
      const body = await open(following, progress, signal)
      if (body === undefined) return
      yield* eventsIn(body, { url, signal }, progress)
      await sleep(Math.random() * spreadMillis, signal)
    } catch (error) {
      signal?.throwIfAborted()
      await sleep(waitOrFail(error, progress, sending), signal)
    }
  }
}
