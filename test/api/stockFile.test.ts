// What is read of a file of stock movements, and what is said of each line that can't be.
import { assert, describe, it } from "@effect/vitest"
import { Effect, Result } from "effect"
import { keyOfLines, readStockFile } from "../../src/api/stockFile.ts"

const linesOf = (text: string) => {
  const read = readStockFile(text)
  if (Result.isFailure(read)) throw new Error(JSON.stringify(read.failure))
  return read.success
}

const problemsOf = (text: string) => {
  const read = readStockFile(text)
  return Result.isFailure(read) ? read.failure : []
}

const head = "sku,delta,reason\n"

describe("a file", () => {
  it("has one movement a line, quoted or not, with any kind of line ending", () => {
    const expected = [
      { line: 2, sku: "lamp", delta: 5, reason: "delivery" },
      { line: 4, sku: "mug-blue", delta: -2, reason: 'broken, "both"' }
    ]
    const rows = ["sku,delta,reason", "lamp,+5,delivery", "", 'mug-blue , -2,"broken, ""both"""']
    for (const end of ["\n", "\r\n", "\r"]) {
      assert.deepStrictEqual(linesOf(rows.join(end)), expected)
      assert.deepStrictEqual(linesOf(`\uFEFF${rows.join(end)}${end}`), expected)
    }
    assert.lengthOf(linesOf('"SKU",Delta,reason\nlamp,1,x'), 1)
  })

  it("reports every malformed line, with all its errors", () => {
    const text = `${head}lamp,0,x\n,1,x\nlamp,1.5,x\nlamp,1\nlamp,1,"x\nlamp,1,x,y\nlamp,2000000,\nlamp,1,fine\n`
    const problems = problemsOf(text)
    assert.deepStrictEqual(
      problems.map(({ line }) => line),
      [2, 3, 4, 5, 6, 7, 8]
    )
    const told = problems.map(({ problem }) => problem)
    assert.include(told[0], "delta: must not be 0")
    assert.include(told[1], "sku: must be a stock keeping unit")
    assert.include(told[2], "delta: must be a whole number")
    assert.include(told[3], "it has 2 cells")
    assert.include(told[4], "its quotes do not fit")
    assert.include(told[5], "it has 4 cells")
    assert.match(told[6] ?? "", /delta: .*; reason: /u)
  })

  it("needs its header and at least one line", () => {
    for (const text of ["", "lamp,1,x\n", "sku;delta;reason\nlamp;1;x\n", "delta,sku,reason\n"])
      assert.include(problemsOf(text)[0]?.problem, "header sku,delta,reason", text)
    assert.include(problemsOf(head)[0]?.problem, "no movement")
    assert.include(
      problemsOf(`${head}${"lamp,1,x\n".repeat(10_001)}`)[0]?.problem,
      "split the file"
    )
  })
})

it.effect("the key depends on the movements, not on how the file writes them", () =>
  Effect.gen(function* () {
    const keyOf = (text: string) => keyOfLines(linesOf(head + text))
    const key = yield* keyOf("lamp,5,delivery\nmug,1,delivery\n")
    assert.strictEqual(key, yield* keyOf('\r\n"lamp", +5 ,delivery\r\nmug,1,"delivery"'))
    for (const other of ["lamp,5,delivery\n", "mug,1,delivery\nlamp,5,delivery\n"])
      assert.notStrictEqual(key, yield* keyOf(other))
  })
)
