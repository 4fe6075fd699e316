import { assert, describe, it } from "@effect/vitest"
import { Option } from "effect"
import { OrderId, OrderNumber } from "../../src/services/ids.ts"
import type { Order } from "../../src/services/orders/model/Order.ts"
import { confirmationMail } from "../../src/worker/confirmationMail.ts"
import { customer } from "./world.ts"

const order: Order = {
  id: OrderId.make("0198c0de5a7e80009d3c2a99eef1513d"),
  number: OrderNumber.make("K7QF-2M9X"),
  userId: customer.id,
  status: "confirmed",
  items: [
    { sku: "cup", name: "Cup", quantity: 2, unitPrice: 1250 },
    { sku: "evil", name: `<script>"it's" & more</script>`, quantity: 1, unitPrice: 99 }
  ],
  total: 2599,
  currency: "EUR",
  createdAt: new Date(0),
  updatedAt: new Date(0),
  version: 2,
  timeline: [],
  confirmation: { state: "sending" }
}

describe("the confirmation mail", () => {
  it("names the order, its lines and its total, to the customer", () => {
    const mail = confirmationMail(order, customer)
    assert.strictEqual(mail.to, customer.email)
    assert.strictEqual(mail.subject, "Your order K7QF-2M9X is confirmed")
    for (const body of [mail.text, mail.html]) {
      assert.include(body, "Hello Ada,")
      assert.include(body, "K7QF-2M9X")
      assert.notInclude(body, order.id)
      assert.include(body, "2 × Cup")
      assert.include(body, "€25.00")
      assert.include(body, "€25.99")
    }
  })

  it("greets a customer without a name", () => {
    assert.include(confirmationMail(order, { ...customer, name: Option.none() }).text, "Hello,\n")
  })

  it("lets no name become HTML", () => {
    const { html } = confirmationMail(order, { ...customer, name: Option.some("<img src=x>") })
    assert.notInclude(html, "<script")
    assert.notInclude(html, "<img")
    assert.include(html, "&lt;script&gt;&quot;it&#39;s&quot; &amp; more&lt;/script&gt;")
  })

  it("has its amounts in the minor units of ISO 4217", () => {
    const items = [{ sku: "cup", name: "Cup", quantity: 1, unitPrice: 249_000 }]
    for (const [currency, amount] of [
      ["HUF", "HUF\u00a02,490.00"],
      ["IQD", "IQD\u00a0249.000"]
    ] as const) {
      const { text, html } = confirmationMail(
        { ...order, items, total: 249_000, currency },
        customer
      )
      assert.include(text, `1 × Cup: ${amount}\n`)
      assert.include(text, `Total: ${amount}\n`)
      assert.include(html, amount)
    }
  })
})
