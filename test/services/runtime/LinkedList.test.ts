import { setImmediate } from "node:timers/promises"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { assert, describe, it } from "vitest"
import { LinkedList } from "../../../src/services/runtime/LinkedList.ts"

const filled = (...values: ReadonlyArray<string>) => {
  const list = new LinkedList<string>()
  const entries = values.map((value) => list.add(value))
  const remove = (value: string) => {
    for (const entry of entries) if (entry.value === value) list.remove(entry)
  }
  return { list, remove }
}

describe("LinkedList", () => {
  it("keeps the order of insertion", () => {
    const { list } = filled("a", "b", "c")
    assert.deepStrictEqual([...list], ["a", "b", "c"])
    assert.strictEqual(list.first?.value, "a")
    assert.strictEqual(list.size, 3)
  })

  it.each([
    ["a", ["b", "c"]],
    ["b", ["a", "c"]],
    ["c", ["a", "b"]]
  ])("closes the gap that %s leaves", (removed, left) => {
    const { list, remove } = filled("a", "b", "c")
    remove(removed)
    assert.deepStrictEqual([...list], left)
    assert.strictEqual(list.first?.value, left[0])
    assert.strictEqual(list.size, 2)
    list.add("d")
    assert.deepStrictEqual([...list], [...left, "d"])
  })

  it("is empty once all are removed, and can be filled again", () => {
    const { list, remove } = filled("a", "b")
    remove("b")
    remove("a")
    assert.isUndefined(list.first)
    assert.strictEqual(list.size, 0)
    list.add("c")
    assert.deepStrictEqual([...list], ["c"])
  })

  it("removes an entry once", () => {
    const { list, remove } = filled("a", "b", "c")
    remove("b")
    remove("b")
    assert.deepStrictEqual([...list], ["a", "c"])
    assert.strictEqual(list.size, 2)
  })

  it("keeps no reference to a removed entry or its neighbours", () => {
    const { list, remove } = filled("a", "b", "c")
    const second = list.add("d")
    remove("c")
    list.remove(second)
    assert.notInclude(JSON.stringify(second), "c")
    assert.isUndefined(Reflect.get(second, "previous"))
    assert.isUndefined(Reflect.get(second, "next"))
  })

  it("lets removed entries be collected in the young generation", async () => {
    setFlagsFromString("--expose-gc")
    const collect: (options: { readonly type: "minor" }) => void = runInNewContext("gc")
    const list = new LinkedList<object>()
    const removed: Array<WeakRef<object>> = []
    for (let round = 0; round < 20; round++) {
      for (let i = 0; i < 3000; i++) {
        list.add({ round, i })
        if (list.size <= 64 || list.first === undefined) continue
        removed.push(new WeakRef(list.first.value))
        list.remove(list.first)
      }
      // A WeakRef holds its target until the end of the turn that made it.
      await setImmediate()
      collect({ type: "minor" })
    }
    const left = removed.filter((reference) => reference.deref() !== undefined)
    assert.isBelow(left.length, removed.length / 10)
  })
})
