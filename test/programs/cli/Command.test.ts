// How words of the command line find their command, and what is said of words that find none.
import { assert, describe, it } from "@effect/vitest"
import { Option } from "effect"
import { choose, groupOf, usageOf, wrongWords } from "../../../src/programs/cli/Command.ts"

const commands = [
  { words: "migrate", takes: "", about: "makes indexes" },
  { words: "migrate again", takes: "", about: "makes them again" },
  { words: "orders show", takes: "ID", about: "shows" },
  { words: "orders cancel", takes: "ID [REASON]", about: "cancels" },
  { words: "stock audit", takes: "", about: "compares" }
]

describe("a command", () => {
  it("is found by all of its words, and gets the rest as arguments", () => {
    const chosen = Option.getOrThrow(choose(commands, ["orders", "cancel", "1", "a", "wish"]))
    assert.strictEqual(chosen.command.words, "orders cancel")
    assert.deepStrictEqual(chosen.args, ["1", "a", "wish"])
    for (const words of ["migrate", "migrate again"])
      assert.strictEqual(Option.getOrThrow(choose(commands, words.split(" "))).command.words, words)
    assert.isTrue(Option.isNone(choose(commands, ["orders"])))
    assert.isTrue(Option.isNone(choose(commands, ["orders", "shows"])))
  })
})

describe("words that name no command", () => {
  for (const [typed, nearest] of [
    ["migrat", "migrate"],
    ["hlep", "help"],
    ["order show", "orders show"],
    ["ordres cancle 1", "orders cancel"],
    ["orders shwo", "orders show"],
    ["stock adit", "stock audit"]
  ] as const)
    it(`are reported with the nearest command: ${typed}`, () => {
      assert.include(wrongWords(commands, typed.split(" ")), `The nearest is "${nearest}".`)
    })

  it("are reported without a suggestion when no command is near", () => {
    assert.strictEqual(wrongWords(commands, ["xylophone"]), 'There is no command "xylophone".')
    assert.strictEqual(wrongWords(commands, ["orders"]), '"orders" lacks a word.')
    assert.strictEqual(wrongWords(commands, []), "A command is missing.")
  })
})

it("the usage of a group lists only its commands", () => {
  const usage = usageOf(groupOf(commands, ["orders", "what"]), "npm run cli --")
  assert.include(usage, "orders show ID")
  assert.notInclude(usage, "migrate")
  assert.include(usageOf(groupOf(commands, ["what"]), "npm run cli --"), "migrate")
})
