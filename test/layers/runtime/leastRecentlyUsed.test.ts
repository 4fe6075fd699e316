import { assert, describe, it } from "vitest"
import { leastRecentlyUsed } from "../../../src/layers/runtime/leastRecentlyUsed.ts"

describe("leastRecentlyUsed", () => {
  it("keeps entries up to its size, and removes the least recently used", () => {
    const memory = leastRecentlyUsed<string, number>(2)
    memory.set("a", 1)
    memory.set("b", 2)
    assert.strictEqual(memory.get("a"), 1)
    memory.set("c", 3)
    assert.deepStrictEqual([memory.get("a"), memory.get("b"), memory.get("c")], [1, undefined, 3])
    memory.set("a", 4)
    memory.set("d", 5)
    assert.deepStrictEqual([memory.get("a"), memory.get("c"), memory.get("d")], [4, undefined, 5])
    memory.delete("a")
    assert.isUndefined(memory.get("a"))
  })
})
