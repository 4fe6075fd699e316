import { assert, describe, it } from "@effect/vitest"
import { Option } from "effect"
import { OrderId } from "../../src/services/ids.ts"
import type { Order } from "../../src/services/orders/model/Order.ts"
import { confirmationMail, formatMoney } from "../../src/worker/confirmationMail.ts"
import { customer } from "./world.ts"

const order: Order = {
  id: OrderId.make("0123"),
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
    assert.strictEqual(mail.subject, "Your order 0123 is confirmed")
    for (const body of [mail.text, mail.html]) {
      assert.include(body, "Hello Ada,")
      assert.include(body, "0123")
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

  it("writes money in the minor units of its currency, exactly", () => {
    assert.strictEqual(formatMoney(5, "USD"), "$0.05")
    assert.strictEqual(formatMoney(1250, "JPY"), "¥1,250")
    assert.strictEqual(formatMoney(1250, "KWD"), "KWD\u00a01.250")
    assert.strictEqual(formatMoney(Number.MAX_SAFE_INTEGER, "USD"), "$90,071,992,547,409.91")
  })
})
