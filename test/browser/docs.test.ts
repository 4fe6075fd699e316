// The documents in a browser: axe finds nothing on any page, light or dark, narrow or wide; nothing overflows; the
// reference asks no other host, is searched, and places an order. With SCREENSHOTS it also takes a picture of each page.
import { type Browser, chromium, type Page } from "playwright-core"
import { afterAll, assert, beforeAll, it } from "vitest"
import { describeWithBrowser } from "../suite.ts"
import { examine, findings, type Look, narrowLooks, openContext, picture, show } from "./pages.ts"
import { openShop } from "./shop.ts"

type Shop = Awaited<ReturnType<typeof openShop>>

const placing = "/docs#tag/orders/POST/api/orders"

/** Every page but the reference, by the name of its picture. */
const pages: Readonly<Record<string, string>> = {
  home: "/",
  plain: "/docs/plain",
  errors: "/docs/errors",
  error: "/docs/errors/out_of_stock",
  "error-of-no-operation": "/docs/errors/method_not_allowed",
  mailbox: "/dev/mailbox"
}

/**
 * What Scalar's own dialog for trying an endpoint violates (1.76.3): its editors of keys and values and its buttons with
 * more information have wrong or missing ARIA attributes, and it brings a second main landmark. The same can be done by
 * the samples, without the dialog.
 */
const leftInDialog = [
  "aria-allowed-role",
  "aria-input-field-name",
  "aria-prohibited-attr",
  "aria-required-attr",
  "landmark-no-duplicate-main",
  "presentation-role-conflict"
]

await describeWithBrowser("the documents in a browser", (executablePath) => {
  let shop: Shop
  let browser: Browser
  /** Tests share it: to load the reference takes seconds. */
  let reference: Page
  const complaints: Array<string> = []

  beforeAll(async () => {
    shop = await openShop()
    browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] })
    reference = await (await open()).newPage()
  }, 120_000)
  afterAll(async () => {
    await browser.close()
    await shop.close()
  })

  const open = () => openContext(browser, shop.target.origin, complaints, {})

  const tryButton = () =>
    reference.getByRole("button", { name: /Test Request\s*\(post \/api\/orders\)/u })

  const goToPlacing = async (): Promise<void> => {
    await reference.goto(placing)
    await tryButton().waitFor({ timeout: 60_000 })
  }

  /** Its script follows the scheme, with transitions. */
  const showReference = async (look: Look): Promise<void> => {
    await show(reference, look)
    await reference.locator(`body.${look[0]}-mode`).waitFor()
    await reference.evaluate(() =>
      Promise.allSettled(document.getAnimations().map(({ finished }) => finished))
    )
  }

  it("every page has room at each width, light and dark, and axe finds nothing", async () => {
    const context = await open()
    const page = await context.newPage()
    const found: Array<string> = []
    for (const [name, path] of Object.entries(pages)) {
      await page.goto(path)
      found.push(...(await examine(page, name, narrowLooks)))
    }
    await context.close()
    assert.deepStrictEqual(found, [])
    assert.deepStrictEqual(complaints, [])
  }, 300_000)

  it("the reference has room at each width, light and dark, and axe finds nothing", async () => {
    await reference.setViewportSize({ width: 360, height: 900 })
    await reference.goto("/docs")
    await reference.getByText("Client Libraries").waitFor({ timeout: 60_000 })
    for (const look of narrowLooks) {
      await showReference(look)
      await picture(reference, `reference-${look.join("-")}`)
    }
    await goToPlacing()
    // What /docs shows is still in the document, so axe sees both places at once.
    await reference.getByText("Client Libraries").waitFor()
    const found: Array<string> = []
    for (const look of narrowLooks) {
      await showReference(look)
      found.push(...(await examine(reference, "reference-order", [look])))
    }
    assert.deepStrictEqual(found, [])
    assert.deepStrictEqual(complaints, [])
  }, 300_000)

  it("the reference places an order, with a token, from its own example", async () => {
    await goToPlacing()
    await showReference(["light", 1280])
    await tryButton().click()
    const dialog = reference.getByRole("dialog")
    await dialog.getByPlaceholder("Token").fill(shop.customer.token)
    await picture(reference, "reference-try")
    const found = await findings(reference, { left: leftInDialog, within: "[role=dialog]" })
    const [answer] = await Promise.all([
      reference.waitForResponse((response) => response.request().method() === "POST"),
      dialog.getByRole("button", { name: /^Send/u }).first().click()
    ])
    const order = await answer.json()
    assert.deepStrictEqual([answer.status(), order.status], [201, "pending"])
    await dialog.getByText("201 Created").first().waitFor()
    await picture(reference, "reference-tried")
    await reference.keyboard.press("Escape")
    await dialog.waitFor({ state: "detached" })
    const { json } = await shop.world.get("/api/orders", { token: shop.customer.token })
    assert.deepInclude(json.items[0], { id: order.id, total: 4980 })
    assert.deepStrictEqual(found, [])
    assert.deepStrictEqual(complaints, [])
  }, 120_000)

  it("the reference is searched by keyboard, and has samples in curl, JavaScript and Python", async () => {
    await goToPlacing()
    const samples = reference.locator("body")
    for (const [language, text] of [
      ["Shell Curl", "curl http"],
      ["Node.js Fetch", "fetch('http"],
      ["Python Requests", "requests.post("]
    ] as const) {
      if (language !== "Shell Curl") {
        await reference
          .getByRole("button", { name: /Change code sample language/u })
          .first()
          .click()
        await reference
          .getByRole("option", { name: language.split(" ")[1] ?? "", exact: true })
          .first()
          .click()
      }
      await samples.getByText(text).first().waitFor()
    }
    await reference.keyboard.press("Control+k")
    await reference.keyboard.type("as failed")
    await reference
      .getByRole("option", { name: /Mark a pending order as failed/u })
      .first()
      .click()
    await reference
      .getByRole("heading", { name: "Mark a pending order as failed" })
      .first()
      .waitFor()
    assert.deepStrictEqual(complaints, [])
  }, 120_000)
})
