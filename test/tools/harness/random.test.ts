// A seed repeats its draws: seeds that were printed once must find the same run again.
import { assert, describe, it } from "vitest"
import { fnv1a, makeRandom, type SeededRandom } from "../../../tools/harness/random.ts"

const doubles = (random: SeededRandom) => Array.from({ length: 5 }, random.nextDoubleUnsafe)

describe("a seeded generator", () => {
  it("gives fixed values for a number as seed", () => {
    const random = makeRandom(1)
    assert.deepStrictEqual(
      [random.nextDoubleUnsafe(), random.nextIntUnsafe(), random.int(0, 9), random.int(-5, 5)],
      [0.5636717735324055, 365550428, 8, 5]
    )
    assert.deepStrictEqual(
      [random.chance(0.3), random.pick(["a", "b", "c"]), random.pick([1])],
      [true, "a", 1]
    )
    assert.deepStrictEqual(random.shuffle([1, 2, 3, 4, 5]), [3, 4, 1, 2, 5])
  })

  it("gives the same values for a text as for its hash", () => {
    assert.strictEqual(fnv1a("foobar"), 0xbf9cf968)
    assert.strictEqual(fnv1a("bar", fnv1a("foo")), fnv1a("foobar"))
    assert.deepStrictEqual(doubles(makeRandom("foobar")), doubles(makeRandom(0xbf9cf968)))
  })

  it("derives the same generator for a name after any draws, and forks a new one each time", () => {
    const random = makeRandom("a")
    const first = doubles(random.derive("buyer"))
    const fork = doubles(random.fork())
    assert.deepStrictEqual(doubles(random.derive("buyer")), first)
    assert.notDeepEqual(doubles(random.derive("other")), first)
    assert.notDeepEqual(doubles(random.fork()), fork)
  })

  it("refuses to pick from nothing", () => {
    assert.throws(() => makeRandom(1).pick([]), "nothing to pick")
  })
})
