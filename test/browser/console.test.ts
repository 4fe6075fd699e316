// The console in a browser: axe finds nothing on any page, light or dark, narrow or wide; nothing overflows; it works by
// keyboard and without a script; and it asks no other host for anything. With SCREENSHOTS it also takes a picture of each
// page (`npm run screenshots`).
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core"
import { afterAll, assert, beforeAll, it } from "vitest"
import { describeWithBrowser } from "../suite.ts"
import { findings, looks, openContext, overflow, picture } from "./pages.ts"
import { openShop } from "./shop.ts"

type Shop = Awaited<ReturnType<typeof openShop>>

/** Every page, by the name of its picture. */
const pages: Readonly<Record<string, (shop: Shop) => string>> = {
  overview: () => "/console",
  orders: () => "/console/orders",
  "orders-search": () => "/console/orders?status=pending",
  "orders-empty": () => "/console/orders?sku=nothing",
  "orders-mistake": () => "/console/orders?sku=nothing&status=pending",
  order: ({ ids }) => `/console/orders/${ids.settled}`,
  "order-flagged": ({ ids }) => `/console/orders/${ids.flagged}`,
  "order-dead-letters": ({ ids }) => `/console/orders/${ids.flagged}/dead-letters`,
  "order-cancelled": ({ ids }) => `/console/orders/${ids.cancelled}?done=cancel`,
  "order-cancel": ({ ids }) => `/console/orders/${ids.pending}/cancel`,
  "order-fail": ({ ids }) => `/console/orders/${ids.pending}/fail`,
  "order-not-allowed": ({ ids }) => `/console/orders/${ids.cancelled}/fulfil`,
  products: () => "/console/products",
  product: () => "/console/products/coffee-1kg",
  "stock-import": () => "/console/stock-import",
  "dead-letters": () => "/console/dead-letters",
  "dead-letters-drop": () => "/console/dead-letters/drop?id=a&id=b",
  customers: () => "/console/customers",
  customer: ({ customer }) => `/console/customers/${customer.id}`,
  "customer-disable": ({ customer }) => `/console/customers/${customer.id}/disable`,
  audit: () => "/console/audit",
  "not-found": () => "/console/nothing"
}

await describeWithBrowser("the console in a browser", (executablePath) => {
  let shop: Shop
  let browser: Browser
  /** What pages complained of, and what they asked other hosts for. */
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

  const logIn = async (
    context: BrowserContext,
    { email, password }: { readonly email: string; readonly password: string } = shop.target.admin
  ): Promise<Page> => {
    const page = await context.newPage()
    await page.goto("/console")
    await page.getByLabel("Email").fill(email)
    await page.getByLabel("Password").fill(password)
    await page.getByRole("button", { name: "Log in" }).click()
    await page.waitForURL("**/console")
    return page
  }

  it.each(looks)(
    "every page, %s and %d px wide, has room, and axe finds nothing",
    async (colorScheme, width) => {
      const context = await open({ colorScheme, viewport: { width, height: 900 } })
      const found: Array<string> = []
      const examine = async (page: Page, name: string) => {
        await picture(page, `${name}-${colorScheme}-${width}`)
        const over = await overflow(page)
        if (over > 0) found.push(`${name}: ${over} px too wide`)
        for (const finding of await findings(page)) found.push(`${name}: ${finding}`)
      }
      const visitor = await context.newPage()
      await visitor.goto("/console/login")
      await examine(visitor, "login")
      const page = await logIn(context)
      for (const [name, path] of Object.entries(pages)) {
        await page.goto(path(shop))
        await examine(page, name)
      }
      await context.close()
      assert.deepStrictEqual(found, [])
      assert.deepStrictEqual(complaints, [])
    },
    300_000
  )

  it("is used by keyboard: to the content, through a confirmation, and back", async () => {
    const context = await open({ viewport: { width: 1280, height: 900 } })
    const page = await logIn(context)
    const { json } = await shop.world.order(shop.customer, [{ sku: "kettle", quantity: 1 }])
    await page.goto(`/console/orders/${json.id}`)
    await page.keyboard.press("Tab")
    const skip = page.getByRole("link", { name: "Skip to the content" })
    assert.isTrue(await skip.evaluate((element) => element === document.activeElement))
    await page.keyboard.press("Enter")
    await page.getByRole("link", { name: "Cancel the order" }).focus()
    await page.keyboard.press("Enter")
    await page.waitForURL("**/cancel")
    await page.getByLabel("Reason (optional)").focus()
    await page.keyboard.type("by keyboard")
    await page.keyboard.press("Enter")
    await page.waitForURL("**?done=cancel")
    assert.isTrue(await page.getByRole("status").getByText("The order is cancelled").isVisible())
    await context.close()
  })

  it("moves by itself: an order is shown as settled without a reload", async () => {
    const context = await open({})
    const page = await logIn(context)
    const { json } = await shop.world.order(shop.customer, [{ sku: "kettle", quantity: 1 }])
    await page.goto(`/console/orders/${json.id}`)
    await page.getByText("mail waiting").first().waitFor()
    await shop.target.settle?.(json.id)
    await page.getByText("mail sent").first().waitFor({ timeout: 15_000 })
    await page.getByText("Nothing is left to do for this order").waitFor()
    assert.deepStrictEqual(complaints, [])
    await context.close()
  })

  it("fetches what an order's messages died of once its page is there", async () => {
    const context = await open({})
    const page = await logIn(context)
    await page.goto(`/console/orders/${shop.ids.flagged}`)
    await page.getByText("it does not decode").waitFor()
    assert.strictEqual(await page.getByRole("heading", { name: "Dead letters" }).count(), 1)
    await context.close()
  })

  it("works without a script: a search, a kept filter, an import with its preview", async () => {
    const context = await open({ javaScriptEnabled: false })
    const page = await logIn(context)
    await page.goto("/console/orders")
    await page.getByText("Search", { exact: true }).first().click()
    await page.getByLabel("SKU").fill("kettle")
    await page.getByRole("button", { name: "Search" }).click()
    await page.getByLabel("Keep this search as").fill("Kettles")
    await page.getByRole("button", { name: "Keep" }).click()
    await page.getByRole("link", { name: "Kettles" }).waitFor()
    await page.goto("/console/stock-import")
    await page.getByLabel("Or its lines").fill("sku,delta,reason\nkettle,5,delivery\n")
    await page.getByRole("button", { name: "Show what it would do" }).click()
    await page.getByRole("button", { name: "Import 1 line" }).click()
    await page.getByText("1 line imported.").waitFor()
    await context.close()
  })

  it("shows support what is theirs", async () => {
    const context = await open({})
    const page = await logIn(context, shop.support)
    const links = page.getByRole("navigation", { name: "Console" }).getByRole("link")
    const names = await links.allTextContents()
    assert.deepStrictEqual(names, ["Overview", "Orders", "Products", "Customers"])
    const answer = await page.goto("/console/audit")
    assert.strictEqual(answer?.status(), 403)
    await page.goto(`/console/orders/${shop.ids.pending}`)
    await page.getByRole("link", { name: "Cancel the order" }).waitFor()
    assert.strictEqual(await page.getByRole("link", { name: "Give up on the order" }).count(), 0)
    assert.strictEqual(await page.locator("main a[href^='/console/products/']").count(), 0)
    await context.close()
  })
})
