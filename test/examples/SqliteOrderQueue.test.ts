import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { assert, it } from "@effect/vitest"
import { Effect, Layer, Option } from "effect"
import { layer } from "../../examples/SqliteOrderQueue.ts"
import { startSystem } from "../../src/testing/startSystem.ts"
import { DeadLetterProbe, orderQueueContract } from "../contract/orderQueue.ts"

/** A file of its own, that goes with the layer. */
const freshFile = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "queue-"))),
  (folder) => Effect.sync(() => rmSync(folder, { recursive: true }))
).pipe(Effect.map((folder) => join(folder, "orders.sqlite")))

const lettersIn = (file: string) => {
  const database = new DatabaseSync(file, { readOnly: true })
  const rows = database.prepare("SELECT body, traceparent, reason FROM deadLetters").all()
  database.close()
  return rows.map(({ body, traceparent, reason }) => ({
    body: String(body),
    traceparent: String(traceparent),
    reason: Option.getOrUndefined(Option.map(Option.fromNullOr(reason ?? null), String))
  }))
}

orderQueueContract("the example of a queue", ({ maxReceiveCount }) =>
  Layer.unwrap(
    Effect.map(freshFile, (file) =>
      Layer.merge(
        layer({ file, maxReceiveCount }),
        Layer.succeed(DeadLetterProbe, { list: Effect.sync(() => lettersIn(file)) })
      )
    )
  )
)

it("carries an order through the system", async () => {
  await using system = await startSystem({
    override: layer({ file: ":memory:", maxReceiveCount: 10 })
  })
  const ada = await system.signUp("ada@example.com")
  const { id } = await ada.placeOrder({ items: [{ sku: "kettle", quantity: 1 }] })
  const seen: Array<string> = []
  for await (const { data } of ada.events(id)) seen.push(data.status)
  assert.deepStrictEqual(seen, ["pending", "confirmed"])
})
