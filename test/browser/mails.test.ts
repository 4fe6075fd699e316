// The mails in a browser, on a phone's width and a desktop's, light and dark: they fit, axe finds nothing, and dark mode
// changes their colours. The mailbox shows a mail whole, and lets it do nothing. With SCREENSHOTS it also takes a picture
// of each.
import { Effect, Exit, Option, Scope } from "effect"
import { type Browser, chromium, type Page } from "playwright-core"
import { afterAll, assert, beforeAll, it } from "vitest"
import { listen } from "../../src/http/NodeServer.ts"
import { OrderId, OrderNumber, UserId } from "../../src/services/ids.ts"
import { type Locale, locales } from "../../src/services/locale.ts"
import { codeMail } from "../../src/services/mails/codeMail.ts"
import { loginEndedMail } from "../../src/services/mails/loginEndedMail.ts"
import { type OrderMailKind, orderMail } from "../../src/services/mails/orderMail.ts"
import { passwordChangedMail } from "../../src/services/mails/passwordChangedMail.ts"
import { phoneChangedMail } from "../../src/services/mails/phoneChangedMail.ts"
import { phoneRemovedMail } from "../../src/services/mails/phoneRemovedMail.ts"
import { resetMail } from "../../src/services/mails/resetMail.ts"
import type { Shop } from "../../src/services/mails/Shop.ts"
import { takenMail } from "../../src/services/mails/takenMail.ts"
import type { Mail } from "../../src/services/messaging/Mailer.ts"
import { Mailer } from "../../src/services/messaging/Mailer.ts"
import type { Order } from "../../src/services/orders/model/Order.ts"
import { type Embedded, embedded } from "../conformance/embedded.ts"
import { describeWithBrowser } from "../suite.ts"
import { examine, narrowLooks as looks, show } from "./pages.ts"

const shop: Shop = {
  name: "Tea & Cups",
  logoUrl: Option.none(),
  address: Option.some("Tea & Cups Ltd, 1 Harbour Street, London EC1A 1AA, United Kingdom"),
  url: Option.some("https://shop.example.com"),
  replyTo: Option.some("help@shop.example.com"),
  timeZone: "UTC"
}
const at = new Date("2026-11-29T12:04:00Z")
const email = "ada@example.com"

const order: Order = {
  id: OrderId.make("0198c0de5a7e80009d3c2a99eef1513d"),
  number: OrderNumber.make("K7QF-2M9X"),
  userId: UserId.make("ada"),
  status: "confirmed",
  items: [
    { sku: "coffee", name: "Coffee beans, 1 kg", quantity: 2, unitPrice: 2490 },
    {
      sku: "cups",
      name: "Six cups for espresso, hand-made in a small pottery by people who like espresso",
      quantity: 1,
      unitPrice: 3900
    },
    { sku: "long", name: "W".repeat(100), quantity: 1000, unitPrice: 1_000_000_000 }
  ],
  total: 1_000_000_008_880,
  currency: "EUR",
  createdAt: at,
  updatedAt: at,
  version: 2,
  timeline: (["confirmed", "cancelled", "fulfilled", "failed"] as const).map((status) => ({
    status,
    at,
    reason: "The pottery has no clay left, and nobody knows when there will be some again."
  })),
  confirmation: { state: "sending" }
}

const sharedUntil = new Date("2026-11-29T12:05:00Z")
const sent = {
  code: "7KQ2-9XDF-3M01",
  asked: { at, replaces: true, sharedUntil },
  minutes: 10
} as const

/** Every mail, by the name of its picture. */
const mailsIn = (locale: Locale): Readonly<Record<string, Mail>> => {
  const ada = { name: Option.some("Ada Lovelace"), email, locale }
  const ofOrder = (kind: OrderMailKind) => orderMail(kind, order, ada, shop)
  return {
    confirmed: ofOrder("confirmed"),
    cancelled: ofOrder("cancelled"),
    fulfilled: ofOrder("fulfilled"),
    failed: ofOrder("failed"),
    code: codeMail(ada, { ...sent, code: "123456" }, shop),
    reset: resetMail(ada, sent, shop),
    taken: takenMail(ada, shop),
    "password-changed": passwordChangedMail(ada, at, shop),
    "phone-changed": phoneChangedMail(ada, at, shop),
    "phone-removed": phoneRemovedMail(ada, at, shop),
    "login-ended": loginEndedMail(ada, at, shop)
  }
}

/** A mail is no page: its landmarks are those of the client that shows it. */
const ofPages = ["landmark-one-main", "region"]

const colourOf = (page: Page, selector: string): Promise<string> =>
  page
    .locator(selector)
    .first()
    .evaluate((element) => getComputedStyle(element).backgroundColor)

await describeWithBrowser("the mails in a browser", (executablePath) => {
  let browser: Browser
  let system: Embedded
  let origin: string
  const scope = Effect.runSync(Scope.make())

  beforeAll(async () => {
    system = await embedded()
    const { fetch } = system.app
    const options = { fetch, host: "127.0.0.1", port: 0, waitForClients: false }
    const { port } = await system.run(Scope.provide(listen(options), scope))
    origin = `http://127.0.0.1:${port}`
    browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] })
  }, 120_000)
  afterAll(async () => {
    await browser.close()
    await system.run(Scope.close(scope, Exit.void))
    await system[Symbol.asyncDispose]()
  })

  it("fit at each width, light and dark, and axe finds nothing", async () => {
    const page = await browser.newPage()
    const found: Array<string> = []
    for (const locale of locales)
      for (const [name, { html }] of Object.entries(mailsIn(locale))) {
        await page.setContent(html)
        found.push(...(await examine(page, `mail-${name}-${locale}`, looks, ofPages)))
      }
    assert.deepStrictEqual(found, [])
    for (const look of looks) {
      await show(page, look)
      const [colorScheme, width] = look
      const sheet = { light: "rgb(255, 255, 255)", dark: "rgb(30, 35, 41)" }[colorScheme]
      assert.strictEqual(await colourOf(page, ".sheet"), sheet)
      const { width: sheetWidth = 0 } = (await page.locator(".sheet").boundingBox()) ?? {}
      assert.isAtMost(sheetWidth, Math.min(width, 602))
    }
    await page.close()
  }, 120_000)

  it("are shown whole by the mailbox, at each width, light and dark, where no script of theirs runs", async () => {
    const script = "<script>document.title = 'ran'</script>"
    const mail = mailsIn("en")["confirmed"]
    assert(mail !== undefined)
    const html = mail.html.replace("</body>", `${script}</body>`)
    await system.run(Mailer.use(({ send }) => send({ ...mail, html })))
    const context = await browser.newContext()
    const page = await context.newPage()
    const asked: Array<string> = []
    page.on("request", (request) => {
      if (!request.url().startsWith(origin)) asked.push(request.url())
    })
    await page.goto(`${origin}/dev/mailbox`)
    const framed = page.locator("iframe").first().contentFrame()
    await framed.getByRole("heading", { name: mail.subject }).waitFor()
    await page.getByText("As text").first().click()
    for (const look of looks) {
      await show(page, look)
      assert.isTrue(await framed.getByText("Ada Lovelace").isVisible())
      assert.isTrue(await page.getByText("help@shop.example.com").first().isVisible())
      assert.isTrue(await page.getByText("2 × Coffee beans, 1 kg").first().isVisible())
    }
    assert.deepStrictEqual(await examine(page, "mailbox", looks), [])
    await page.getByRole("link", { name: "The mail by itself" }).first().click()
    await page.getByRole("heading", { name: mail.subject }).waitFor()
    assert.strictEqual(await page.title(), mail.subject)
    await context.close()
    assert.deepStrictEqual(asked, [])
  }, 60_000)
})
