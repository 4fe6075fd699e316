// Lines of CSV: what a spreadsheet or a parser must not take for something else.
import { assert, describe, it } from "vitest"
import { csvLine } from "../../src/api/csv.ts"

describe("a cell", () => {
  it.each(["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])(
    "that a spreadsheet would run as a formula becomes text: %j",
    (text) => {
      assert.strictEqual(csvLine([text]), `"'${text}"\r\n`)
    }
  )

  it("keeps its quotes, commas and line breaks", () => {
    assert.strictEqual(csvLine(['a "b", c', "d\r\ne"]), '"a ""b"", c","d\r\ne"\r\n')
  })

  it("may be a number, also a negative one", () => {
    assert.strictEqual(csvLine([-1, 0, 2490]), '"-1","0","2490"\r\n')
  })
})
