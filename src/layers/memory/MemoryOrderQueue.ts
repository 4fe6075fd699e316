// OrderQueue in the memory of one process, with the semantics of SQS by Clock: visibility timeouts,
// receive counts, long polls, and a dead-letter queue for what was received too often.
import { Clock, Context, Deferred, Duration, Effect, Layer, Option } from "effect"
import { embeddedQueue, inSendSpans } from "../../services/orders/messageSpans.ts"
import {
  type Delivery,
  OrderQueue,
  OrderQueueError,
  type OutgoingMessage
} from "../../services/orders/ports/OrderQueue.ts"
import { now } from "../../services/time.ts"

/** What the dead-letter queue holds. */
export interface DeadMessage {
  readonly messageId: string
  readonly body: string
  readonly traceparent: string
  /** None for a message that was received too often. */
  readonly reason: Option.Option<string>
  readonly deadSince: Date
  readonly receiveCount: number
}

/** The dead-letter queue of the layer's OrderQueue. */
export class MemoryDeadLetters extends Context.Service<
  MemoryDeadLetters,
  {
    /** Oldest first. */
    readonly list: Effect.Effect<ReadonlyArray<DeadMessage>>
    readonly remove: (messages: ReadonlySet<DeadMessage>) => Effect.Effect<void>
  }
>()("layers/memory/MemoryDeadLetters") {}

export interface MemoryOrderQueueOptions {
  /** How often a message is delivered before it goes to the dead-letter queue. */
  readonly maxReceiveCount?: number
}

const defaultMaxReceiveCount = 10

interface StoredMessage {
  readonly id: string
  /** Of one sending: a message that is sent again keeps its id. */
  readonly sending: number
  readonly body: string
  readonly traceparent: string
  receiveCount: number
  /** Hidden until then, in the Clock's milliseconds. */
  visibleAt: number
  /** Names the latest delivery: the only one that may still delete or hide the message. */
  receipt: string
}

export const layer = ({
  maxReceiveCount = defaultMaxReceiveCount
}: MemoryOrderQueueOptions = {}): Layer.Layer<OrderQueue | MemoryDeadLetters> =>
  Layer.syncContext(() => {
    const visible = new Set<StoredMessage>()
    const hidden = new Set<StoredMessage>()
    const byReceipt = new Map<string, StoredMessage>()
    let dead: Array<DeadMessage> = []
    const pollers = new Set<Deferred.Deferred<void>>()
    let sendings = 0

    /** Returns the message's id. */
    const add = ({ body, traceparent, messageId }: OutgoingMessage): string => {
      sendings += 1
      const id = messageId ?? String(sendings)
      const sending = sendings
      visible.add({ id, sending, body, traceparent, receiveCount: 0, visibleAt: 0, receipt: "" })
      return id
    }

    /** False: the receipt is stale, or its message is gone. */
    const remove = (receipt: string): boolean => {
      const message = byReceipt.get(receipt)
      if (message === undefined) return false
      visible.delete(message)
      hidden.delete(message)
      return byReceipt.delete(receipt)
    }

    /** What was hidden long enough is seen again; its receipt holds until the next delivery. */
    const reveal = (now: number): void => {
      for (const message of hidden)
        if (message.visibleAt <= now) {
          hidden.delete(message)
          visible.add(message)
        }
    }

    const take = (now: number, max: number, visibilityMillis: number): Array<Delivery> => {
      reveal(now)
      const deliveries: Array<Delivery> = []
      for (const message of visible) {
        if (deliveries.length === max) break
        visible.delete(message)
        byReceipt.delete(message.receipt)
        const { id, body, traceparent } = message
        if (message.receiveCount >= maxReceiveCount) {
          const { receiveCount } = message
          const deadSince = new Date(now)
          const reason = Option.none()
          dead.push({ messageId: id, body, traceparent, reason, deadSince, receiveCount })
          continue
        }
        message.receiveCount += 1
        message.visibleAt = now + visibilityMillis
        message.receipt = `${message.sending}#${message.receiveCount}`
        hidden.add(message)
        byReceipt.set(message.receipt, message)
        const { receipt, receiveCount } = message
        deliveries.push({ messageId: id, receipt, body, traceparent, receiveCount })
      }
      return deliveries
    }

    /** False: there is no such delivery, or its visibility timeout has ended. */
    const hide = (receipt: string, seconds: number, now: number): boolean => {
      reveal(now)
      const message = byReceipt.get(receipt)
      if (message === undefined || !hidden.has(message)) return false
      message.visibleAt = now + seconds * 1000
      return true
    }

    // Without a poller, nothing is resolved: on hosts that keep requests apart, a request that sends
    // must not settle a promise of another.
    const wakePollers = Effect.suspend(() => {
      const woken = [...pollers]
      pollers.clear()
      return Effect.forEach(woken, (poller) => Deferred.succeed(poller, undefined), {
        discard: true
      })
    })

    const receive = Effect.fnUntraced(function* ({
      max,
      waitSeconds,
      visibilitySeconds
    }: Parameters<OrderQueue["Service"]["receive"]>[0]) {
      const deadline = (yield* Clock.currentTimeMillis) + waitSeconds * 1000
      while (true) {
        const now = yield* Clock.currentTimeMillis
        const deliveries = take(now, max, visibilitySeconds * 1000)
        if (deliveries.length > 0 || now >= deadline) return deliveries
        // In the same step as the look: a message that comes now finds the poller.
        const poller = Deferred.makeUnsafe<void>()
        pollers.add(poller)
        const next = Math.min(deadline, ...Array.from(hidden, ({ visibleAt }) => visibleAt))
        yield* Deferred.await(poller).pipe(
          Effect.timeoutOption(Duration.millis(next - now)),
          Effect.ensuring(Effect.sync(() => pollers.delete(poller)))
        )
      }
    })

    const queue = OrderQueue.of({
      send: (messages) =>
        inSendSpans(embeddedQueue, messages, (traced, accepted) =>
          Effect.tap(
            Effect.sync(() =>
              traced.map((message, index) => {
                const id = add(message)
                accepted(index, id)
                return id
              })
            ),
            () => wakePollers
          )
        ),
      receive,
      acknowledge: (receipts) => Effect.sync(() => receipts.filter((receipt) => !remove(receipt))),
      changeVisibility: (changes) =>
        Clock.currentTimeMillis.pipe(
          Effect.map((now) =>
            changes
              .filter(({ receipt, seconds }) => !hide(receipt, seconds, now))
              .map(({ receipt }) => receipt)
          ),
          // Each poller waits for what it knew to come next: now that may be sooner.
          Effect.tap(() => wakePollers)
        ),
      count: (which) =>
        Effect.map(Clock.currentTimeMillis, (now) => {
          reveal(now)
          return which === "orders"
            ? { visible: visible.size, inFlight: hidden.size, delayed: 0 }
            : { visible: dead.length, inFlight: 0, delayed: 0 }
        }),
      deadLetter: ({ receipt, ...message }, reason) =>
        Effect.flatMap(now, (deadSince) => {
          dead.push({ ...message, reason: Option.some(reason), deadSince })
          return remove(receipt) ? Effect.void : new OrderQueueError(stale)
        })
    })

    return Context.make(OrderQueue, queue).pipe(
      Context.add(MemoryDeadLetters, {
        list: Effect.sync(() => [...dead]),
        remove: (messages) =>
          Effect.sync(() => {
            dead = dead.filter((message) => !messages.has(message))
          })
      })
    )
  })

const stale = {
  operation: "deadLetter",
  reason: "unavailable",
  cause: new Error("the message is in the dead-letter queue, and still in its own")
} as const
