// A process that buys one piece after another, in batches, until it is refused: so that a test has
// writers that share nothing but the database. Says "ready", begins at the first line it is sent, and
// prints how many orders it placed.
import { once } from "node:events"
import { Console, Effect, Layer, Option, Redacted } from "effect"
import { layer as connection } from "../../../src/layers/mongo/MongoConnection.ts"
import { layer as orderStore } from "../../../src/layers/mongo/MongoOrderStore.ts"
import { OrderId, UserId } from "../../../src/services/ids.ts"
import { OrderStore } from "../../../src/services/orders/ports/OrderStore.ts"

const [uri = "", sku = ""] = process.argv.slice(2)
const batchSize = 8

const buy = Effect.gen(function* () {
  const store = yield* OrderStore
  yield* Console.log("ready")
  yield* Effect.promise(() => once(process.stdin, "data"))
  process.stdin.destroy()
  let placed = 0
  for (let round = 0; ; round++) {
    const placements = yield* store.place(
      Array.from({ length: batchSize }, (_, i) => ({
        id: OrderId.make(crypto.randomUUID()),
        userId: UserId.make("the one user of all processes"),
        lines: [{ sku, quantity: 1 }],
        // Each process asks for the same order once a batch: one of them gets it, the other its replay.
        idempotencyKey: i === 0 ? Option.some(`${sku}-${round}`) : Option.none(),
        at: new Date(),
        traceparent: ""
      }))
    )
    placed += placements.filter(({ _tag }) => _tag === "Placed").length
    if (placements.some(({ _tag }) => _tag === "OutOfStock")) return placed
  }
})

await buy.pipe(
  Effect.flatMap((placed) => Console.log(`placed ${placed}`)),
  Effect.provide(Layer.provide(orderStore, connection({ uri: Redacted.make(uri) }))),
  Effect.runPromise
)
