// An endpoint of one's own has what all others have.
import { assert, beforeAll, describe, it } from "vitest"
import { quotes } from "../../examples/quotes.ts"
import { startSystem, type TestSystem } from "../../src/testing/startSystem.ts"
import { checkerOf } from "../../tools/harness/openapi.ts"

describe("the example of an endpoint", () => {
  let system: TestSystem
  let check: ReturnType<typeof checkerOf>["check"]
  let token: string
  beforeAll(async () => {
    system = await startSystem({ extensions: [quotes] })
    const ada = await system.signUp("ada@example.com")
    const login = { email: "ada@example.com", password: "correct horse battery staple" }
    token = (await ada.login(login)).accessToken
    const document = await system.fetch(new Request("http://orders.test/openapi.json"))
    check = checkerOf(await document.text()).check
    return () => system[Symbol.asyncDispose]()
  })

  const post = async (body: unknown, authorization = `Bearer ${token}`) => {
    const response = await system.fetch(
      new Request("http://orders.test/api/quotes", {
        method: "POST",
        headers: { authorization, "content-type": "application/json" },
        body: JSON.stringify(body)
      })
    )
    const text = await response.text()
    const { status, headers } = response
    const json = JSON.parse(text)
    check("POST", "/api/quotes", { status, headers, text, json })
    return { status, json }
  }

  it("answers as its operation declares", async () => {
    const { status, json } = await post({ sku: "kettle", quantity: 2 })
    assert.strictEqual(status, 200)
    assert.deepStrictEqual(json, { sku: "kettle", quantity: 2, total: 12_900, currency: "EUR" })
  })

  it("refuses strangers, invalid bodies and unknown ids", async () => {
    const codes = [
      await post({ sku: "kettle", quantity: 2 }, ""),
      await post({ sku: "kettle", quantity: 0 }),
      await post({ sku: "none", quantity: 1 })
    ].map(({ json }) => json.code)
    assert.deepStrictEqual(codes, ["unauthorized", "invalid_request", "not_found"])
  })

  it("is in the OpenAPI document", async () => {
    const page = await system.fetch(new Request("http://orders.test/docs"))
    assert.include(await page.text(), "What so many pieces cost today")
  })
})
