// Another store of one port: the audit events in a file of SQLite. Queries are answered by indexes, and an event is kept
// as JSON, by the schema that says what an event is.
import { DatabaseSync } from "node:sqlite"
import { Effect, Layer, Option, Schema } from "effect"
import {
  AuditEvent,
  AuditLog,
  AuditLogError,
  type AuditQuery,
  usersOf
} from "order-processing/services"

export interface SqliteAuditLogOptions {
  /** A path, or `:memory:`. */
  readonly file: string
}

const tables = `
  PRAGMA journal_mode = WAL;
  PRAGMA busy_timeout = 5000;
  CREATE TABLE IF NOT EXISTS events (
    id TEXT PRIMARY KEY, kind TEXT NOT NULL, orderId TEXT, json TEXT NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS events_kind ON events (kind, id);
  CREATE INDEX IF NOT EXISTS events_order ON events (orderId, id);
  CREATE TABLE IF NOT EXISTS eventUsers (
    userId TEXT NOT NULL, eventId TEXT NOT NULL, PRIMARY KEY (userId, eventId)
  ) WITHOUT ROWID;
`

const Json = Schema.fromJsonString(Schema.toCodecJson(AuditEvent))
const encode = Schema.encodeSync(Json)
const decode = Schema.decodeUnknownSync(Json)

const call = <A>(operation: string, act: () => A): Effect.Effect<A, AuditLogError> =>
  Effect.try({ try: act, catch: (cause) => new AuditLogError({ operation, cause }) })

const make = (database: DatabaseSync): AuditLog["Service"] => {
  const insert = database.prepare("INSERT OR IGNORE INTO events VALUES (?, ?, ?, ?)")
  const insertUser = database.prepare("INSERT OR IGNORE INTO eventUsers VALUES (?, ?)")
  const select = database.prepare(
    `SELECT json FROM events
     WHERE (:kind IS NULL OR kind = :kind) AND (:before IS NULL OR id < :before)
       AND (:userId IS NULL OR id IN (SELECT eventId FROM eventUsers WHERE userId = :userId))
     ORDER BY id DESC LIMIT :limit`
  )
  const selectOrder = database.prepare(
    "SELECT json FROM events WHERE orderId = ? ORDER BY id DESC LIMIT ?"
  )

  const append = (event: AuditEvent): void => {
    database.exec("BEGIN IMMEDIATE")
    try {
      insert.run(event.id, event.kind, event.subject.orderId ?? null, encode(event))
      for (const userId of usersOf(event)) insertUser.run(userId, event.id)
      database.exec("COMMIT")
    } catch (error) {
      database.exec("ROLLBACK")
      throw error
    }
  }

  const list = ({ kind, userId, before, limit }: AuditQuery) =>
    select.all({
      kind: Option.getOrNull(kind),
      userId: Option.getOrNull(userId),
      before: Option.getOrNull(before),
      limit
    })

  // A row that does not decode is a defect: this adapter did not write it.
  const events = (rows: ReadonlyArray<Record<string, unknown>>) =>
    rows.map(({ json }) => decode(json))

  return AuditLog.of({
    append: (event) => call("append", () => append(event)),
    list: (query) =>
      Effect.map(
        call("list", () => list(query)),
        events
      ),
    ofOrder: (orderId, limit) =>
      Effect.map(
        call("ofOrder", () => selectOrder.all(orderId, limit)),
        events
      )
  })
}

export const layer = ({ file }: SqliteAuditLogOptions): Layer.Layer<AuditLog> =>
  Layer.effect(
    AuditLog,
    Effect.map(
      Effect.acquireRelease(
        Effect.sync(() => {
          const database = new DatabaseSync(file)
          database.exec(tables)
          return database
        }),
        (database) => Effect.sync(() => database.close())
      ),
      make
    )
  )
