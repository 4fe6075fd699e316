import { assert, it } from "@effect/vitest"
import {
  addTo,
  decodeFilter,
  emptyFilter,
  encodeFilter,
  mayHave
} from "../../../src/layers/bloom/bloomFilter.ts"

const entries = Array.from({ length: 5000 }, (_, n) => `entry ${n}`)
const others = Array.from({ length: 40_000 }, (_, n) => `other ${n}`)

it.each([0.01, 0.001, 0.0001])("contains every entry, and %s of the others", (falsePositives) => {
  const filter = emptyFilter(entries.length, falsePositives)
  for (const entry of entries) addTo(filter, entry)
  const read = decodeFilter(encodeFilter(filter))
  assert.deepStrictEqual(read, filter)
  assert.isTrue(entries.every((entry) => mayHave(read, entry)))
  const rate = others.filter((other) => mayHave(read, other)).length / others.length
  assert.isBelow(rate, 2.5 * falsePositives)
})

it("contains nothing when it is empty", () => {
  const filter = emptyFilter(1000, 0.001)
  assert.isFalse(others.some((other) => mayHave(filter, other)))
})
