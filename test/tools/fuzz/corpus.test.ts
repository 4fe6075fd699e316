// What `npm run fuzz` sends: something of each kind to every operation, and the same again for a seed.
import { readFileSync } from "node:fs"
import { assert, describe, it } from "vitest"
import { openApiDocument, operationsOf } from "../../../src/api/openapi.ts"
import { corpusOf } from "../../../tools/fuzz/attack.ts"
import type { Case, View } from "../../../tools/fuzz/case.ts"
import { type Operation, operationsIn } from "../../../tools/fuzz/operations.ts"
import { randomCase } from "../../../tools/fuzz/randomCase.ts"
import { makeRules } from "../../../tools/fuzz/rules.ts"
import { slow } from "../../../tools/fuzz/sockets.ts"
import { makeRandom } from "../../../tools/harness/random.ts"

const document = openApiDocument(operationsOf({ mailbox: true, openMetrics: false }))
const operations = operationsIn(document, makeRules(document, []).checker.endpoints)
const token = `${btoa("{}")}.${btoa("{}")}.AAAA`
const view: View = {
  known: { sku: "mug", "orders/id": "0".repeat(32), "sessions/id": "1".repeat(32) },
  tokens: { anonymous: undefined, user: token, admin: token, metrics: "metrics" },
  issued: { access: token, refresh: token }
}

const corpus = corpusOf(operations, makeRandom("a"))
const groupsOf = ({ id }: Operation) =>
  new Set([...corpus].filter(({ operation }) => operation === id).map(({ group }) => group))

it("schemathesis knows of every list that it may be refused for its cursor", () => {
  const lists = operations
    .filter(({ query }) => query.some(({ name }) => name === "cursor"))
    .map(({ id }) => id)
  const settings = readFileSync("tools/fuzz/schemathesis.toml", "utf8")
  const named = [...settings.matchAll(/include-operation-id = (\[.*\])/gu)].flatMap(
    ([, ids = ""]) => JSON.parse(ids)
  )
  assert.isAbove(lists.length, 5)
  assert.deepStrictEqual(
    lists.filter((id) => !named.includes(id)),
    []
  )
})

const sent = (one: Case): string => one.make(view).wire.bytes.toString("hex")

describe("the corpus", () => {
  it("attacks every operation of the document in each way that it can be attacked", () => {
    assert.isAbove(operations.length, 30)
    for (const operation of operations) {
      const expected = [
        ...["paths", "queries", "headers", "formats", "raw HTTP"],
        ...(operation.caller === "anonymous" ? [] : ["tokens"]),
        ...(operation.example === undefined ? [] : ["bodies"])
      ]
      assert.sameMembers([...groupsOf(operation)], expected, operation.id)
      assert.isNotEmpty(slow(operation))
    }
  })

  it("puts values into every field of a body, inner ones and optional ones too", () => {
    const of = (id: string) =>
      corpus.filter(({ operation }) => operation === id).map(({ what }) => what)
    assert.includeMembers(of("placeOrder"), ["$gt as .items[0].sku", "1e999 as .items[0].quantity"])
    assert.includeMembers(of("forgotPassword"), ["$where as .channel", "no .email"])
    assert.include(of("redriveDeadLetters").join(), "as .ids")
  })

  it("sends its inputs unchanged", () => {
    const find = (operation: string, what: string) => {
      const found = corpus.find((one) => one.operation === operation && one.what === what)
      if (found === undefined) throw new Error(`there is no ${what}`)
      return found.make(view).wire.bytes.toString("latin1")
    }
    assert.include(
      find("placeOrder", "1e999 as .items[0].quantity"),
      '{"items":[{"sku":"mug","quantity":1e999}]}'
    )
    assert.include(find("placeOrder", "__proto__ in the whole"), ',"__proto__":{"role":"admin"}}')
    assert.include(
      find("getOrder", "an overlong slash as {id}"),
      "GET /api/orders/%c0%af HTTP/1.1\r\n"
    )
    assert.include(
      find("getOrder", "alg none, no signature"),
      "Authorization: Bearer eyJhbGciOiJub25lIn0."
    )
    assert.match(
      find("health", "both lengths"),
      /Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET \/smuggled/u
    )
  })
})

describe("a seed", () => {
  const draws = (seed: string): ReadonlyArray<string> => {
    const random = makeRandom(seed)
    const order = corpusOf(operations, random).map(({ operation, what }) => `${operation} ${what}`)
    const made = Array.from({ length: 200 }, (_, i) =>
      sent(randomCase(random.derive(String(i)), random.pick(operations), i))
    )
    return [...order, ...made]
  }

  it("gives the same inputs in the same order, and another seed gives others", () => {
    const first = draws("a")
    assert.deepStrictEqual(draws("a"), first)
    assert.notDeepEqual(draws("b"), first)
  })
})
