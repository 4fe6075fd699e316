// Another queue: a file of SQLite, for API and workers on one machine. A delivery is a row that is hidden for a time,
// under a receipt that the next delivery replaces.
import { DatabaseSync } from "node:sqlite"
import { Clock, Effect, Layer } from "effect"
import {
  type Delivery,
  type Destination,
  inSendSpans,
  OrderDestination,
  OrderQueue,
  OrderQueueError
} from "order-processing/services"

export interface SqliteOrderQueueOptions {
  /** A path, or `:memory:`. */
  readonly file: string
  /** How often a message is delivered before it is a dead letter. */
  readonly maxReceiveCount: number
}

/** What traces call it. */
const destination: Destination = { system: "sqlite", name: "orders" }

/** Another process may have sent a message, without a notification. */
const pollMillis = 50

const tables = `
  PRAGMA journal_mode = WAL;
  PRAGMA busy_timeout = 5000;
  CREATE TABLE IF NOT EXISTS messages (
    sending INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL, body TEXT NOT NULL,
    traceparent TEXT NOT NULL, receiveCount INTEGER NOT NULL DEFAULT 0,
    visibleAt INTEGER NOT NULL DEFAULT 0, receipt TEXT UNIQUE
  );
  CREATE INDEX IF NOT EXISTS messages_visible ON messages (visibleAt);
  CREATE TABLE IF NOT EXISTS deadLetters (
    letter INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL, body TEXT NOT NULL,
    traceparent TEXT NOT NULL, receiveCount INTEGER NOT NULL, reason TEXT
  );
`

const open = (file: string): DatabaseSync => {
  const database = new DatabaseSync(file)
  database.exec(tables)
  return database
}

const call = <A>(operation: string, act: () => A): Effect.Effect<A, OrderQueueError> =>
  Effect.try({
    try: act,
    catch: (cause) => new OrderQueueError({ operation, reason: "unavailable", cause })
  })

const make = (database: DatabaseSync, maxReceiveCount: number): OrderQueue["Service"] => {
  const insert = database.prepare("INSERT INTO messages (id, body, traceparent) VALUES (?, ?, ?)")
  const bury = database.prepare(
    `INSERT INTO deadLetters (id, body, traceparent, receiveCount, reason)
     SELECT id, body, traceparent, receiveCount, ? FROM messages WHERE sending = ?`
  )
  const worn = database.prepare(
    "SELECT sending FROM messages WHERE visibleAt <= ? AND receiveCount >= ?"
  )
  const remove = database.prepare("DELETE FROM messages WHERE sending = ?")
  const deliver = database.prepare(
    `UPDATE messages
     SET receiveCount = receiveCount + 1, visibleAt = ?, receipt = sending || '#' || (receiveCount + 1)
     WHERE sending IN (SELECT sending FROM messages WHERE visibleAt <= ? ORDER BY sending LIMIT ?)
     RETURNING id AS messageId, receipt, body, traceparent, receiveCount`
  )
  const acknowledge = database.prepare("DELETE FROM messages WHERE receipt = ?")
  const hide = database.prepare(
    "UPDATE messages SET visibleAt = ? WHERE receipt = ? AND visibleAt > ?"
  )
  const find = database.prepare("SELECT sending FROM messages WHERE receipt = ?")
  const countMessages = database.prepare(
    "SELECT COUNT(*) FILTER (WHERE visibleAt <= ?) AS visible, COUNT(*) AS total FROM messages"
  )
  const countLetters = database.prepare("SELECT COUNT(*) AS visible FROM deadLetters")

  /** All of it or nothing, also where two processes write. */
  const atomically = <A>(act: () => A): A => {
    database.exec("BEGIN IMMEDIATE")
    try {
      const result = act()
      database.exec("COMMIT")
      return result
    } catch (error) {
      database.exec("ROLLBACK")
      throw error
    }
  }

  const take = (now: number, max: number, visibilitySeconds: number): ReadonlyArray<Delivery> =>
    atomically(() => {
      for (const { sending } of worn.all(now, maxReceiveCount)) {
        bury.run(null, Number(sending))
        remove.run(Number(sending))
      }
      return deliver.all(now + visibilitySeconds * 1000, now, max).map((row) => ({
        messageId: String(row["messageId"]),
        receipt: String(row["receipt"]),
        body: String(row["body"]),
        traceparent: String(row["traceparent"]),
        receiveCount: Number(row["receiveCount"])
      }))
    })

  return OrderQueue.of({
    send: (messages) =>
      inSendSpans(destination, messages, (traced, accepted) =>
        call("send", () => {
          const ids = atomically(() =>
            traced.map(({ body, traceparent, messageId = crypto.randomUUID() }) => {
              insert.run(messageId, body, traceparent)
              return messageId
            })
          )
          for (const [index, id] of ids.entries()) accepted(index, id)
          return ids
        })
      ),
    receive: Effect.fnUntraced(function* ({ max, waitSeconds, visibilitySeconds }) {
      const deadline = (yield* Clock.currentTimeMillis) + waitSeconds * 1000
      while (true) {
        const now = yield* Clock.currentTimeMillis
        const deliveries = yield* call("receive", () => take(now, max, visibilitySeconds))
        if (deliveries.length > 0 || now >= deadline) return deliveries
        yield* Effect.sleep(Math.min(pollMillis, deadline - now))
      }
    }),
    acknowledge: (receipts) =>
      call("acknowledge", () =>
        receipts.filter((receipt) => acknowledge.run(receipt).changes === 0)
      ),
    changeVisibility: (changes) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) =>
        call("changeVisibility", () =>
          changes
            .filter(
              ({ receipt, seconds }) => hide.run(now + seconds * 1000, receipt, now).changes === 0
            )
            .map(({ receipt }) => receipt)
        )
      ),
    deadLetter: ({ receipt }, reason) =>
      call("deadLetter", () =>
        atomically(() => {
          const sending = find.get(receipt)?.["sending"]
          if (sending === undefined) throw new Error("the delivery is stale")
          bury.run(reason, Number(sending))
          remove.run(Number(sending))
        })
      ),
    count: (queue) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) =>
        call("count", () => {
          const row = queue === "orders" ? countMessages.get(now) : countLetters.get()
          const visible = Number(row?.["visible"])
          const total = Number(row?.["total"] ?? visible)
          return { visible, inFlight: total - visible, delayed: 0 }
        })
      )
  })
}

export const layer = ({
  file,
  maxReceiveCount
}: SqliteOrderQueueOptions): Layer.Layer<OrderQueue> =>
  Layer.merge(
    Layer.effect(
      OrderQueue,
      Effect.map(
        Effect.acquireRelease(
          Effect.sync(() => open(file)),
          (database) => Effect.sync(() => database.close())
        ),
        (database) => make(database, maxReceiveCount)
      )
    ),
    Layer.succeed(OrderDestination, destination)
  )
