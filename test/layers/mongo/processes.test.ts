// Writers in separate processes, which share nothing but the database.
import { spawn } from "node:child_process"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { assert, layer } from "@effect/vitest"
import { Effect, Option } from "effect"
import { MongoConnection } from "../../../src/layers/mongo/MongoConnection.ts"
import { withDatabase } from "../../../tools/harness/mongo.ts"
import { assertBooks, assertSound, StoreProbe, stocked } from "../../contract/stores.ts"
import { describeWith } from "../../suite.ts"
import { mongoStores } from "./mongoStores.ts"

const program = fileURLToPath(new URL("buyers.ts", import.meta.url))

/** A process of buyers, once it is connected. */
const buyers = (uri: string, sku: string) =>
  Effect.acquireRelease(
    Effect.promise(async () => {
      const child = spawn(process.execPath, [program, uri, sku], {
        stdio: ["pipe", "pipe", "inherit"]
      })
      const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
      const next = async (pattern: RegExp): Promise<RegExpExecArray> => {
        for (let line = await lines.next(); !line.done; line = await lines.next()) {
          const match = pattern.exec(line.value)
          if (match !== null) return match
        }
        throw new Error("the buyers ended without an answer")
      }
      await next(/^ready$/u)
      const buy = async (): Promise<number> => {
        child.stdin.write("buy\n")
        return Number((await next(/^placed (\d+)$/u))[1])
      }
      return { child, buy }
    }),
    ({ child }) => Effect.sync(() => child.kill())
  )

describeWith(["mongo"], "on MongoDB", ({ mongo }) => {
  layer(mongoStores(mongo.uri), { excludeTestServices: true })("orders of two processes", (it) => {
    it.effect("sell out one SKU exactly, and make one order of each shared key", () =>
      Effect.gen(function* () {
        const { mongoose } = yield* MongoConnection
        const sku = yield* stocked(300)
        const both = yield* Effect.all(
          [1, 2].map(() => buyers(withDatabase(mongo.uri, mongoose.name), sku)),
          { concurrency: "unbounded" }
        )
        const bought = yield* Effect.forEach(both, ({ buy }) => Effect.promise(buy), {
          concurrency: "unbounded"
        })
        assert.strictEqual(
          bought.reduce((sum, placed) => sum + placed, 0),
          300
        )
        yield* assertBooks(sku, { available: 0, reserved: 300 })
        const records = yield* StoreProbe.use((probe) => probe.records)
        const keys = records.flatMap(({ idempotencyKey }) => Option.toArray(idempotencyKey))
        assert.isAbove(keys.length, 0)
        assert.strictEqual(new Set(keys).size, keys.length)
        yield* assertSound
      })
    )
  })
})
