// The documents in a browser: axe finds nothing on any page, light or dark, narrow or wide; nothing overflows; the
// reference asks no other host, is searched, and places an order. With SCREENSHOTS it also takes a picture of each page.
import { type Browser, chromium, type Page } from "playwright-core"
import { afterAll, assert, beforeAll, it } from "vitest"
import { describeWithBrowser } from "../suite.ts"
import { examine, findings, narrowLooks, openContext, picture } from "./pages.ts"
import { openShop } from "./shop.ts"

type Shop = Awaited<ReturnType<typeof openShop>>

const placing = "/docs#tag/orders/POST/api/orders"

/** Every page, by the name of its picture. */
const pages: Readonly<Record<string, string>> = {
  home: "/",
  reference: "/docs",
  "reference-order": placing,
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
  "landmark-unique",
  "presentation-role-conflict"
]

await describeWithBrowser("the documents in a browser", (executablePath) => {
  let shop: Shop
  let browser: Browser
  const complaints: Array<string> = []

  beforeAll(async () => {
    shop = await openShop()
    browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] })
  }, 120_000)
  afterAll(async () => {
    await browser.close()
    await shop.close()
  })

  const open = (options: Parameters<Browser["newContext"]>[0]) =>
    openContext(browser, shop.target.origin, complaints, options)

  const tryButton = (page: Page) =>
    page.getByRole("button", { name: /Test Request\s*\(post \/api\/orders\)/u })

  const goTo = async (page: Page, path: string): Promise<void> => {
    // From one place of the reference to another a browser would not load it anew.
    await page.goto("about:blank")
    await page.goto(path)
    if (path === placing) await tryButton(page).waitFor({ timeout: 60_000 })
    else if (path === "/docs") await page.getByText("Client Libraries").waitFor({ timeout: 60_000 })
  }

  it.each(narrowLooks)(
    "every page, %s and %d px wide, has room, and axe finds nothing",
    async (colorScheme, width) => {
      const context = await open({ colorScheme, viewport: { width, height: 900 } })
      const page = await context.newPage()
      const found: Array<string> = []
      for (const [name, path] of Object.entries(pages)) {
        await goTo(page, path)
        found.push(...(await examine(page, name, [colorScheme, width])))
      }
      await context.close()
      assert.deepStrictEqual(found, [])
      assert.deepStrictEqual(complaints, [])
    },
    300_000
  )

  it("the reference places an order, with a token, from its own example", async () => {
    const context = await open({ viewport: { width: 1280, height: 900 } })
    const page = await context.newPage()
    await goTo(page, placing)
    await tryButton(page).click()
    const dialog = page.getByRole("dialog")
    await dialog.getByPlaceholder("Token").fill(shop.customer.token)
    await picture(page, "reference-try")
    const found = await findings(page, leftInDialog)
    const [answer] = await Promise.all([
      page.waitForResponse((response) => response.request().method() === "POST"),
      dialog.getByRole("button", { name: /^Send/u }).first().click()
    ])
    const order = await answer.json()
    assert.deepStrictEqual([answer.status(), order.status], [201, "pending"])
    await dialog.getByText("201 Created").first().waitFor()
    await picture(page, "reference-tried")
    const { json } = await shop.world.get("/api/orders", { token: shop.customer.token })
    assert.deepInclude(json.items[0], { id: order.id, total: 4980 })
    assert.deepStrictEqual(found, [])
    assert.deepStrictEqual(complaints, [])
    await context.close()
  }, 120_000)

  it("the reference is searched by keyboard, and has samples in curl, JavaScript and Python", async () => {
    const context = await open({ viewport: { width: 1280, height: 900 } })
    const page = await context.newPage()
    await goTo(page, placing)
    const samples = page.locator("body")
    for (const [language, text] of [
      ["Shell Curl", "curl http"],
      ["Node.js Fetch", "fetch('http"],
      ["Python Requests", "requests.post("]
    ] as const) {
      if (language !== "Shell Curl") {
        await page
          .getByRole("button", { name: /Change code sample language/u })
          .first()
          .click()
        await page
          .getByRole("option", { name: language.split(" ")[1] ?? "", exact: true })
          .first()
          .click()
      }
      await samples.getByText(text).first().waitFor()
    }
    await page.keyboard.press("Control+k")
    await page.keyboard.type("as failed")
    await page
      .getByRole("option", { name: /Mark a pending order as failed/u })
      .first()
      .click()
    await page.getByRole("heading", { name: "Mark a pending order as failed" }).first().waitFor()
    assert.deepStrictEqual(complaints, [])
    await context.close()
  }, 120_000)
})
