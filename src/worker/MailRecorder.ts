// Records the outcomes of mails. During a write, outcomes are collected for the next one, so that each is recorded a
// few milliseconds after its response, together with others. Outcomes that could not be written are kept and retried.
import { Array as Arr, Effect, Latch, Scope } from "effect"
import type { OrderId } from "../services/ids.ts"
import type { MailRecord } from "../services/orders/model/mailClaims.ts"
import { OrderStore } from "../services/orders/ports/OrderStore.ts"
import { isolate } from "../services/runtime/isolate.ts"
import { now } from "../services/time.ts"
import { reasonOf } from "./refuse.ts"
import { recordRetry } from "./schedules.ts"
import { showOrders } from "./showOrders.ts"

/** The recorder adds the time. */
type Outcome = Omit<MailRecord, "at">

export interface MailRecorder {
  readonly record: (outcome: Outcome) => Effect.Effect<void>
  /** Waits until the store accepts records; no mail is claimed meanwhile. */
  readonly ready: Effect.Effect<void>
  /** Waits until all outcomes are written. */
  readonly flushed: Effect.Effect<void>
  /** Orders whose record makes the write die: this process does not mail them again before the record is written. */
  readonly refused: ReadonlySet<OrderId>
}

/** The time between two attempts at a record that makes the write die. */
const refusedPause = "1 minute"

/** Records until its scope closes. */
export const makeMailRecorder = Effect.gen(function* () {
  const store = yield* OrderStore
  const scope = yield* Scope.Scope
  const refused = new Set<OrderId>()
  let pending: Array<Outcome> = []
  const arrived = yield* Latch.make(false)
  const flushed = yield* Latch.make(true)
  const ready = yield* Latch.make(true)

  const record = (told: Outcome) =>
    Effect.sync(() => {
      pending.push(told)
      Latch.closeUnsafe(flushed)
      Latch.openUnsafe(arrived)
    })

  /** A record makes the write die: the order is flagged for an operator, and the record is retried. */
  const refuse = Effect.fnUntraced(
    function* (told: Outcome, defect: unknown) {
      const { orderId } = told
      const reason = reasonOf("what came of the mail cannot be recorded", defect)
      refused.add(orderId)
      yield* Effect.logError("what came of a mail cannot be recorded", defect)
      yield* store
        .flagAttention([orderId], reason, yield* now)
        .pipe(Effect.catchDefect((died) => Effect.logError("flagging the order died", died)))
      yield* Effect.forkIn(Effect.delay(record(told), refusedPause), scope)
    },
    (effect, { orderId }) => Effect.annotateLogs(effect, { orderId })
  )

  const write = Effect.fnUntraced(function* (records: ReadonlyArray<MailRecord>) {
    const [changed, poisoned] = Arr.separate(yield* isolate(records, store.recordMails))
    yield* showOrders(changed.flat())
    const dead = new Set(poisoned.map(({ item }) => item))
    for (const told of records) if (!dead.has(told)) refused.delete(told.orderId)
    yield* Effect.forEach(poisoned, ({ item, defect }) => refuse(item, defect), { discard: true })
    const sent = records.filter((told) => told.outcome._tag === "Sent" && !dead.has(told))
    // One line for all: a line for each took 6 % of the worker's processor time.
    if (sent.length > 0)
      yield* Effect.logInfo("mails of orders sent", {
        count: sent.length,
        orderIds: sent.map(({ orderId }) => orderId)
      })
  })

  const round = Effect.gen(function* () {
    yield* arrived.await
    // The same time for all: orders that become the same are one write.
    const at = yield* now
    const records = pending.map((told) => ({ ...told, at }))
    pending = []
    Latch.closeUnsafe(arrived)
    // Each record by itself may be repeated, so a batch that failed half way may be.
    yield* write(records).pipe(
      Effect.tapError((error) => {
        Latch.closeUnsafe(ready)
        return Effect.logWarning("what came of mails is not recorded yet", error)
      }),
      Effect.retry(recordRetry)
    )
    Latch.openUnsafe(ready)
    if (pending.length === 0) Latch.openUnsafe(flushed)
  })
  yield* Effect.forkScoped(Effect.forever(round))

  const recorder: MailRecorder = {
    record,
    ready: ready.await,
    flushed: flushed.await,
    refused
  }
  return recorder
})
