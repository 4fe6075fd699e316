// What a command writes into a document replaces what it wrote before, and nothing else.
import { expect, it } from "vitest"
import { between } from "../../../tools/harness/marks.ts"

it("replaces what is between the marks of a name", () => {
  const document = "# A\n\n<!-- a -->\nold\n<!-- /a -->\n\nrest\n<!-- b -->\n<!-- /b -->\n"
  const once = between(document, "a", "new")
  expect(once).toBe("# A\n\n<!-- a -->\n\nnew\n\n<!-- /a -->\n\nrest\n<!-- b -->\n<!-- /b -->\n")
  expect(between(once, "a", "new")).toBe(once)
})

it("refuses a document without the marks", () => {
  expect(() => between("# A\n", "a", "new")).toThrow("<!-- a -->")
})
