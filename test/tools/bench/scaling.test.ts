// What is told of several processes: how often they meet, whether each gets its part, and the table of docs/scaling.md.
import { readFileSync } from "node:fs"
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { MongoClient } from "mongodb"
import { describe, expect, it } from "vitest"
import { watchConflicts } from "../../../tools/bench/conflicts.ts"
import type { LoadResult } from "../../../tools/bench/load/plan.ts"
import { publishScaling, scalingTable } from "../../../tools/bench/report/scaling.ts"
import type { Results } from "../../../tools/bench/results.ts"
import type { Sample } from "../../../tools/bench/workload.ts"
import { sampleOf } from "../../../tools/bench/workloads/http.ts"
import { scaling } from "../../../tools/bench/workloads.ts"
import { between } from "../../../tools/harness/marks.ts"
import { withDatabase } from "../../../tools/harness/mongo.ts"
import { describeWith } from "../../suite.ts"

const loaded = (ok: number, p99: number): LoadResult => ({
  ...{ ok, failed: {}, seconds: 2, made: [] },
  latency: { p50: 1, p99, max: p99 }
})

describe("a sample of several processes", () => {
  it("says what the least of them did, and how much slower the slowest was", () => {
    expect(
      sampleOf([loaded(100, 20), loaded(50, 60), loaded(80, 30)], undefined, undefined)
    ).toEqual({ value: 115, p50: 1, p99: 60, failed: {}, leastShare: 0.5, p99Spread: 3 })
  })

  it("says nothing of shares where there is one", () => {
    expect(sampleOf([loaded(100, 20)], undefined, undefined)).not.toHaveProperty("leastShare")
  })
})

describeWith(["mongo"], "conflicts", ({ mongo }) => {
  it("are counted where two transactions change the same document", async () => {
    const client = await new MongoClient(withDatabase(mongo.uri)).connect()
    try {
      const stock = client.db().collection<{ _id: string; available: number }>("stock")
      await stock.insertOne({ _id: "mug", available: 9 })
      const counted = await watchConflicts(client)
      const take = (session: ReturnType<MongoClient["startSession"]>) =>
        stock.updateOne({ _id: "mug" }, { $inc: { available: -1 } }, { session })
      await client.withSession(async (first) =>
        client.withSession(async (second) => {
          first.startTransaction()
          second.startTransaction()
          await take(first)
          await expect(take(second)).rejects.toThrow("WriteConflict")
          await first.commitTransaction()
        })
      )
      // Other tests use the server too.
      const { writeConflicts, committed, aborted, seconds } = await counted()
      expect(Math.min(writeConflicts, committed, aborted)).toBeGreaterThanOrEqual(1)
      expect(seconds).toBeGreaterThan(0)
    } finally {
      await client.db().dropDatabase()
      await client.close()
    }
  })
})

const measured = (contestant: string, sample: Sample): Results["measurements"][number] => ({
  ...{ workload: "orders-hot", contestant, round: 1, sample }
})

const results: Results = {
  ...{ at: "", command: "", commit: "", machine: "", idle: 0.97, versions: {}, failures: [] },
  pace: { rounds: 1, warmUpSeconds: 1, seconds: 1, messages: 1 },
  workloads: scaling.map(({ name, title, unit, better }) => ({ name, title, unit, better })),
  measurements: [
    measured("2 processes", {
      ...{ value: 500, p99: 90, cpuMs: 0.7, busy: 0.99, leastShare: 0.4, p99Spread: 2.5 },
      conflicts: { writeConflicts: 30, committed: 60, aborted: 20, seconds: 6 },
      failed: { 503: 2 }
    }),
    measured("1 process", {
      ...{ value: 1000, p99: 40, cpuMs: 0.5, busy: 0.75 },
      conflicts: { writeConflicts: 0, committed: 100, aborted: 0, seconds: 6 }
    })
  ]
}

const cellsOf = (line = ""): ReadonlyArray<string> => line.split("|").map((cell) => cell.trim())

describe("the table of several processes", () => {
  it("has a row for each number of them, beginning with one", () => {
    const [, , one, two, ...others] = scalingTable(results).split("\n")
    expect(cellsOf(one)).toEqual([
      ...["", "Order on one SKU, orders/s", "1 process", "1,000", "1,000–1,000", "1.00", "40.0"],
      ...["0.500", "75 %", "60.0", "0.0 %", "0.00", "", "", "0", ""]
    ])
    expect(cellsOf(two)).toEqual([
      ...["", "", "2 processes", "500", "500–500", "0.50", "90.0", "0.700", "99 %", "50.0"],
      ...["25 %", "10.0", "0.40", "2.50", "2", ""]
    ])
    expect(others).toEqual([])
  })

  it("goes into a document with marks, as docs/scaling.md is one", async () => {
    const docs = await mkdtemp(join(tmpdir(), "bench-docs-"))
    try {
      const path = join(docs, "scaling.md")
      await writeFile(path, "# A\n<!-- bench -->\nold\n<!-- /bench -->\nrest\n")
      await publishScaling(results, docs)
      const written = await readFile(path, "utf8")
      expect(written).toMatch(/^# A\n<!-- bench -->\n[\s\S]*\n<!-- \/bench -->\nrest\n$/u)
      expect(written).toContain(scalingTable(results))
    } finally {
      await rm(docs, { recursive: true })
    }
    const document = readFileSync(join(import.meta.dirname, "../../../docs/scaling.md"), "utf8")
    expect(between(document, "bench", "new")).toContain("<!-- bench -->\n\nnew\n")
  })
})
