// The queue that all processes share, below all faults of calls: knows each message from its sending to its
// end, and delivers some twice, late, in another order, or (a purge) never.
import { Effect, type Scope } from "effect"
import type { OrderQueue, OutgoingMessage } from "../../src/services/orders/ports/OrderQueue.ts"
import type { SeededRandom } from "../harness/random.ts"
import { orderOfBody } from "./mails.ts"
import type { Plan } from "./plan.ts"

export interface Message {
  readonly serial: number
  readonly body: string
  /** Empty for a message about no order. */
  readonly orderId: string
}

export interface Broker {
  readonly queue: OrderQueue["Service"]
  /** What was sent and has not been deleted. */
  readonly outstanding: ReadonlyMap<number, Message>
  /** The message of a delivery, also after its end. */
  readonly messageOf: (receipt: string) => Message | undefined
  readonly purge: () => void
}

const separator = "#"
const maxLateMillis = 20_000

export interface BrokerHooks {
  readonly faultsOn: () => boolean
  /** Called when a message was deleted. */
  readonly deleted: (message: Message) => void
}

export const makeBroker = (
  raw: OrderQueue["Service"],
  plan: Plan,
  random: SeededRandom,
  scope: Scope.Scope,
  { faultsOn, deleted }: BrokerHooks
): Broker => {
  const outstanding = new Map<number, Message>()
  const byReceipt = new Map<string, Message>()
  const purged = new Set<number>()
  let lastSerial = 0

  // The serial travels behind the trace context, which nothing here reads.
  const tagged = ({ body, traceparent }: OutgoingMessage): OutgoingMessage => {
    lastSerial += 1
    outstanding.set(lastSerial, { serial: lastSerial, body, orderId: orderOfBody(body) })
    return { body, traceparent: `${traceparent}${separator}${lastSerial}` }
  }

  const serialOf = (traceparent: string): number => Number(traceparent.split(separator).at(-1))

  const end = (message: Message | undefined): void => {
    if (message === undefined || !outstanding.delete(message.serial)) return
    deleted(message)
  }

  const send = Effect.fnUntraced(function* (messages: ReadonlyArray<OutgoingMessage>) {
    const calm = !faultsOn()
    const ids: Array<string> = []
    for (const message of messages) {
      const copies = !calm && random.chance(plan.duplicate) ? random.int(2, 3) : 1
      for (let i = 0; i < copies; i++) {
        const one = raw.send([tagged(message)])
        if (calm || !random.chance(plan.reorder)) ids.push(...(yield* one))
        else yield* Effect.forkIn(Effect.delay(one, random.int(0, maxLateMillis)), scope)
      }
    }
    // Of those that are there already.
    return ids
  })

  const receive: OrderQueue["Service"]["receive"] = Effect.fnUntraced(function* (options) {
    const taken = yield* raw.receive(options)
    const live = taken.flatMap((delivery) => {
      const serial = serialOf(delivery.traceparent)
      const message = outstanding.get(serial)
      if (message === undefined || purged.has(serial)) return []
      byReceipt.set(delivery.receipt, message)
      return [{ ...delivery, traceparent: "" }]
    })
    const dropped = taken
      .filter(({ traceparent }) => purged.has(serialOf(traceparent)))
      .map(({ receipt }) => receipt)
    if (dropped.length > 0) yield* raw.acknowledge(dropped)
    return plan.reorder > 0 && faultsOn() ? random.shuffle(live) : live
  })

  const queue: OrderQueue["Service"] = {
    ...raw,
    send,
    receive,
    acknowledge: (receipts) =>
      Effect.map(raw.acknowledge(receipts), (failed) => {
        for (const receipt of receipts) if (!failed.includes(receipt)) end(byReceipt.get(receipt))
        return failed
      }),
    deadLetter: (delivery, reason) => {
      const serial = byReceipt.get(delivery.receipt)?.serial ?? 0
      const traceparent = `${delivery.traceparent}${separator}${serial}`
      return Effect.tap(raw.deadLetter({ ...delivery, traceparent }, reason), () =>
        Effect.sync(() => outstanding.delete(serial))
      )
    }
  }

  return {
    queue,
    outstanding,
    messageOf: (receipt) => byReceipt.get(receipt),
    purge: () => {
      for (const serial of outstanding.keys()) purged.add(serial)
      outstanding.clear()
    }
  }
}
