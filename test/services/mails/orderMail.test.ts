// What customers read of their orders: each mail's text to the letter, and HTML that nothing in an order can break.
import { assert, describe, it } from "@effect/vitest"
import { Option, Schema } from "effect"
import { OrderId, OrderNumber, UserId } from "../../../src/services/ids.ts"
import { locales } from "../../../src/services/locale.ts"
import { type OrderMailKind, orderMail } from "../../../src/services/mails/orderMail.ts"
import type { Recipient } from "../../../src/services/mails/Recipient.ts"
import { type Shop, unnamedShop } from "../../../src/services/mails/Shop.ts"
import { headerProblem } from "../../../src/services/messaging/headers.ts"
import type { Order } from "../../../src/services/orders/model/Order.ts"
import { problemOf } from "./wellFormed.ts"

const shop: Shop = {
  name: "Tea & Cups",
  logoUrl: Option.some("https://shop.example.com/logo.png?a=1&b=2"),
  address: Option.some("Tea & Cups Ltd, 1 Harbour Street, London"),
  url: Option.some("https://shop.example.com"),
  replyTo: Option.some("help@shop.example.com"),
  timeZone: "UTC"
}

const ada: Recipient = { name: Option.some("Ada"), email: "ada@example.com", locale: "en" }

const order: Order = {
  id: OrderId.make("0198c0de5a7e80009d3c2a99eef1513d"),
  number: OrderNumber.make("K7QF-2M9X"),
  userId: UserId.make("ada"),
  status: "failed",
  items: [
    { sku: "cup", name: "Cup", quantity: 2, unitPrice: 1250 },
    { sku: "evil", name: `<script>"it's" & more</script>`, quantity: 1, unitPrice: 123_499 }
  ],
  total: 125_999,
  currency: "EUR",
  createdAt: new Date("2026-11-29T12:04:59.999Z"),
  updatedAt: new Date("2026-11-30T07:00:00Z"),
  version: 2,
  timeline: [
    { status: "pending", at: new Date("2026-11-29T12:04:59.999Z") },
    { status: "confirmed", at: new Date("2026-11-29T12:05:00Z") },
    { status: "cancelled", at: new Date("2026-11-30T07:00:00Z"), reason: "changed <my> mind" },
    { status: "fulfilled", at: new Date("2026-11-30T07:00:00Z") },
    { status: "failed", at: new Date("2026-11-30T07:00:00Z"), reason: "the cups broke" }
  ],
  confirmation: { state: "sending" }
}

const kinds: ReadonlyArray<OrderMailKind> = ["confirmed", "cancelled", "fulfilled", "failed"]

const english = (intro: string, facts: string): string => `Hello Ada,

${intro}

Order: K7QF-2M9X
Placed: 29 November 2026 at 12:04 UTC
${facts}
2 × Cup
    €12.50 each: €25.00
1 × <script>"it's" & more</script>
    €1,234.99 each: €1,234.99

Total: €1,259.99

View your order: https://shop.example.com/orders/K7QF-2M9X

--
Tea & Cups
Tea & Cups Ltd, 1 Harbour Street, London
You get this mail because you have an order at Tea & Cups.
Questions? Answer this mail.
`

const german = (intro: string, facts: string): string => `Guten Tag Ada,

${intro}

Bestellung: K7QF-2M9X
Aufgegeben: 29. November 2026 um 12:04 UTC
${facts}
2 × Cup
    12,50\u00a0€ je Stück: 25,00\u00a0€
1 × <script>"it's" & more</script>
    1.234,99\u00a0€ je Stück: 1.234,99\u00a0€

Summe: 1.259,99\u00a0€

Bestellung ansehen: https://shop.example.com/orders/K7QF-2M9X

--
Tea & Cups
Tea & Cups Ltd, 1 Harbour Street, London
Sie erhalten diese E-Mail, weil Sie bei Tea & Cups bestellt haben.
Fragen? Antworten Sie auf diese E-Mail.
`

const expected = {
  en: {
    confirmed: [
      "Your order K7QF-2M9X is confirmed",
      english("Thank you for your order. It is confirmed.", "")
    ],
    cancelled: [
      "Your order K7QF-2M9X is cancelled",
      english(
        "Your order is cancelled. Nothing of it will be delivered.",
        "Cancelled: 30 November 2026 at 07:00 UTC\nReason: changed <my> mind\n"
      )
    ],
    fulfilled: [
      "Your order K7QF-2M9X is fulfilled",
      english(
        "We have fulfilled your order. These were its items:",
        "Fulfilled: 30 November 2026 at 07:00 UTC\n"
      )
    ],
    failed: [
      "Your order K7QF-2M9X could not be fulfilled",
      english(
        "We are sorry: we could not fulfil your order and have closed it. Nothing of it will be delivered.",
        "Closed: 30 November 2026 at 07:00 UTC\nReason: the cups broke\n"
      )
    ]
  },
  de: {
    confirmed: [
      "Ihre Bestellung K7QF-2M9X ist bestätigt",
      german("vielen Dank für Ihre Bestellung. Sie ist bestätigt.", "")
    ],
    cancelled: [
      "Ihre Bestellung K7QF-2M9X ist storniert",
      german(
        "Ihre Bestellung ist storniert. Es wird nichts davon geliefert.",
        "Storniert: 30. November 2026 um 07:00 UTC\nGrund: changed <my> mind\n"
      )
    ],
    fulfilled: [
      "Ihre Bestellung K7QF-2M9X ist ausgeführt",
      german(
        "wir haben Ihre Bestellung ausgeführt. Das waren ihre Artikel:",
        "Ausgeführt: 30. November 2026 um 07:00 UTC\n"
      )
    ],
    failed: [
      "Ihre Bestellung K7QF-2M9X konnte nicht ausgeführt werden",
      german(
        "es tut uns leid: Wir konnten Ihre Bestellung nicht ausführen und haben sie geschlossen. Es wird nichts davon geliefert.",
        "Geschlossen: 30. November 2026 um 07:00 UTC\nGrund: the cups broke\n"
      )
    ]
  }
} as const

const cases = locales.flatMap((locale) => kinds.map((kind) => [locale, kind] as const))

describe("the mail of an order", () => {
  it.each(cases)("in %s that is %s has this text", (locale, kind) => {
    const mail = orderMail(kind, order, { ...ada, locale }, shop)
    const [subject, text] = expected[locale][kind]
    assert.strictEqual(mail.to, "ada@example.com")
    assert.strictEqual(mail.subject, subject)
    assert.strictEqual(mail.text, text)
    assert.notInclude(mail.html, order.id)
  })

  it.each(cases)("in %s that is %s has the same text as HTML, escaped", (locale, kind) => {
    const { text, html } = orderMail(kind, order, { ...ada, locale }, shop)
    assert.isUndefined(problemOf(html))
    assert.include(html, `<html lang="${locale}"`)
    const words = html
      .slice(html.indexOf("<body"))
      .replaceAll(/<[^>]*>/gu, " ")
      .replaceAll("&lt;", "<")
      .replaceAll("&gt;", ">")
      .replaceAll("&quot;", '"')
      .replaceAll("&#39;", "'")
      .replaceAll("&amp;", "&")
    // A word of the text may have a colon behind it, where HTML has a cell of its own.
    for (const word of text.split(/\s+/u).map((one) => one.replace(/:$/u, "")))
      if (!/^(?:--|https:.*)$/u.test(word)) assert.include(words, word)
    assert.include(html, "&lt;script&gt;&quot;it&#39;s&quot; &amp; more&lt;/script&gt;")
    assert.include(html, 'href="https://shop.example.com/orders/K7QF-2M9X"')
    assert.include(html, 'src="https://shop.example.com/logo.png?a=1&amp;b=2" alt="Tea &amp; Cups"')
  })

  it("has no link, logo, address or reply address when the shop has none", () => {
    const { text, html } = orderMail("confirmed", order, ada, unnamedShop)
    assert.notMatch(text, /https?:|Questions/u)
    assert.notMatch(html, /https?:|<img|<a|Questions/u)
    assert.isTrue(
      text.endsWith(
        "--\nOrder Processing\nYou get this mail because you have an order at Order Processing.\n"
      )
    )
  })

  it.each([
    ["Europe/Berlin", "en", "29 November 2026 at 13:04 CET", "30 November 2026 at 08:00 CET"],
    ["Europe/Berlin", "de", "29. November 2026 um 13:04 MEZ", "30. November 2026 um 08:00 MEZ"],
    ["America/New_York", "en", "29 November 2026 at 07:04 GMT-5", "30 November 2026 at 02:00 GMT-5"]
  ] as const)(
    "shows times in %s, in %s, with the name of the zone",
    (timeZone, locale, ...times) => {
      const { text, html } = orderMail(
        "cancelled",
        order,
        { ...ada, locale },
        { ...shop, timeZone }
      )
      for (const time of times) {
        assert.include(text, time)
        assert.include(html, time)
      }
      assert.notInclude(text, "UTC")
    }
  )

  it("greets a customer without a name", () => {
    const nameless = { ...ada, name: Option.none() }
    assert.isTrue(orderMail("confirmed", order, nameless, shop).text.startsWith("Hello,\n"))
  })

  it("has the newest of several changes, and no reason when the order has none", () => {
    const timeline = [
      { status: "cancelled", at: new Date(0), reason: "the first" },
      { status: "cancelled", at: new Date("2026-11-30T07:00:00Z") }
    ] as const
    const { text } = orderMail("cancelled", { ...order, timeline }, ada, shop)
    assert.include(text, "Cancelled: 30 November 2026 at 07:00 UTC\n\n")
    assert.notInclude(text, "Reason")
    const { text: without } = orderMail("cancelled", { ...order, timeline: [] }, ada, shop)
    assert.notInclude(without, "Cancelled:")
  })

  it("has amounts in the minor units of ISO 4217, in the format of the recipient's language", () => {
    const items = [{ sku: "cup", name: "Cup", quantity: 1, unitPrice: 249_000 }]
    for (const [currency, locale, amount] of [
      ["HUF", "en", "HUF\u00a02,490.00"],
      ["HUF", "de", "2.490,00\u00a0HUF"],
      ["IQD", "en", "IQD\u00a0249.000"]
    ] as const) {
      const priced = { ...order, items, total: 249_000, currency }
      const { text, html } = orderMail("confirmed", priced, { ...ada, locale }, shop)
      assert.include(text, `${amount}\n`)
      assert.include(html, `>${amount}<`)
    }
  })

  it.prop(
    "is well-formed and has a subject of one line, for any text of customers and staff",
    [Schema.String, Schema.String, Schema.String, Schema.String],
    (texts) => {
      // As they are, and with what any text needs to become markup: few texts of chance have it.
      for (const [locale, kind] of cases)
        for (const ending of ["", '<b x="">\'&amp;']) {
          const [name = "", product = "", reason = "", shopName = ""] = texts.map(
            (text) => text + ending
          )
          for (const logoUrl of [shop.logoUrl, Option.none()]) {
            const mail = orderMail(
              kind,
              {
                ...order,
                items: [{ name: product, quantity: 3, unitPrice: 1 }],
                timeline: [{ status: kind, at: new Date(0), reason }]
              },
              { name: Option.some(name), email: "ada@example.com", locale },
              { ...shop, logoUrl, name: shopName, address: Option.some(reason) }
            )
            assert.isUndefined(problemOf(mail.html))
            assert.isTrue(Option.isNone(headerProblem(mail)))
          }
        }
    }
  )
})
