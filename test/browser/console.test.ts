// The console in a browser: axe finds nothing on any page, light or dark, narrow or wide; nothing overflows; it works by
// keyboard and without a script; and it asks no other host for anything. With SCREENSHOTS it also takes a picture of each
// page (`npm run screenshots`).
import {
  type Browser,
  type BrowserContext,
  chromium,
  type Page,
  type Request
} from "playwright-core"
import { afterAll, assert, beforeAll, it, vi } from "vitest"
import { describeWithBrowser } from "../suite.ts"
import { examine, findings, looks, openContext } from "./pages.ts"
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
  "dead-letters-list": () => "/console/dead-letters/list",
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

  it("every page has room at each width, light and dark, and axe finds nothing", async () => {
    const context = await open({})
    const found: Array<string> = []
    const visitor = await context.newPage()
    await visitor.goto("/console/login")
    found.push(...(await examine(visitor, "login", looks)))
    const page = await logIn(context)
    for (const [name, path] of Object.entries(pages)) {
      await page.goto(path(shop))
      found.push(...(await examine(page, name, looks)))
    }
    await context.close()
    assert.deepStrictEqual(found, [])
    assert.deepStrictEqual(complaints, [])
  }, 300_000)

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

  it("shows the page of dead letters before the queue has answered, and then the list", async () => {
    const context = await open({})
    const page = await logIn(context)
    await page.goto("/console/dead-letters", { waitUntil: "commit" })
    await page.getByRole("link", { name: "Look for them" }).waitFor({ state: "detached" })
    assert.isTrue(await page.locator("section[hx-get] .empty, section[hx-get] form").isVisible())
    await context.close()
  })

  it("updates itself: an order is shown as settled without a reload", async () => {
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

  it("follows an order: what another process changes is shown without a reload and without a poll", async () => {
    const context = await open({})
    // Its polls never come due.
    await context.addInitScript(() => {
      const { setTimeout } = window
      const own = (run: () => void, delay = 0) => (delay < 3000 ? setTimeout(run, delay) : 0)
      Object.assign(window, { setTimeout: own })
    })
    const page = await logIn(context)
    const { json } = await shop.world.order(shop.customer, [{ sku: "kettle", quantity: 1 }])
    const parts: Array<string> = []
    page.on("request", (request) => {
      if (request.url().endsWith("/now")) parts.push(request.url())
    })
    const opened = page.waitForResponse((response) => response.url().endsWith("/events"))
    await page.goto(`/console/orders/${json.id}`)
    assert.strictEqual((await opened).status(), 200)
    await page.evaluate(() => {
      Object.assign(window, { isSame: true })
    })
    const reason = { reason: "by another process" }
    const { token } = shop.world.admin
    await shop.world.post(`/api/orders/${json.id}/cancel`, reason, { token })
    await page.getByText("by another process").waitFor({ timeout: 15_000 })
    assert.strictEqual(await page.getByRole("link", { name: "Cancel the order" }).count(), 0)
    assert.isTrue(await page.evaluate(() => "isSame" in window))
    assert.isAbove(parts.length, 0)
    assert.deepStrictEqual(await findings(page), [])
    assert.deepStrictEqual(complaints, [])
    await context.close()
  })

  it("skips nine of ten polls while it has a stream, and none without a stream", async () => {
    const context = await open({})
    // Polls come due soon, and are counted with whether they were held back.
    await context.addInitScript(() => {
      const { setTimeout } = window
      const own = (run: () => void, delay = 0) => setTimeout(run, delay === 3000 ? 50 : delay)
      const polls: Array<boolean> = []
      Object.assign(window, { setTimeout: own, polls })
      window.addEventListener("htmx:beforeRequest", (event) => {
        if ((event.target as Element).id === "now") polls.push(event.defaultPrevented)
      })
    })
    const page = await logIn(context)
    const { json } = await shop.world.order(shop.customer, [{ sku: "kettle", quantity: 1 }])
    const polls = () => page.evaluate("polls") as Promise<ReadonlyArray<boolean>>
    await page.goto(`/console/orders/${json.id}`)
    const held = await vi.waitFor(
      async () => {
        const all = await polls()
        assert.isAbove(all.indexOf(true), -1)
        const ten = all.slice(all.indexOf(true)).slice(0, 10)
        assert.lengthOf(ten, 10)
        return ten
      },
      { timeout: 15_000 }
    )
    assert.lengthOf(
      held.filter((isHeld) => !isHeld),
      1
    )
    await page.route("**/events", (route) => route.fulfill({ status: 503 }))
    await page.reload()
    await vi.waitFor(async () => assert.isAtLeast((await polls()).length, 10), { timeout: 15_000 })
    assert.notInclude(await polls(), true)
    const { token } = shop.world.admin
    await shop.world.post(`/api/orders/${json.id}/cancel`, { reason: "polled" }, { token })
    await page.getByText("polled").waitFor({ timeout: 15_000 })
    assert.deepStrictEqual(complaints, [])
    await context.close()
  })

  it("has no stream while its page is hidden, and shows the missed changes afterwards", async () => {
    const context = await open({})
    const page = await logIn(context)
    const { json } = await shop.world.order(shop.customer, [{ sku: "kettle", quantity: 1 }])
    const isStream = (request: Request) => request.url().endsWith("/events")
    const see = (isSeen: boolean) =>
      page.evaluate((hidden) => {
        Object.defineProperty(document, "hidden", { value: hidden, configurable: true })
        document.dispatchEvent(new Event("visibilitychange"))
      }, !isSeen)
    const opened = page.waitForResponse((response) => isStream(response.request()))
    await page.goto(`/console/orders/${json.id}`)
    await opened
    const closed = page.waitForEvent("requestfailed", isStream)
    await see(false)
    await closed
    const { token } = shop.world.admin
    await shop.world.post(`/api/orders/${json.id}/cancel`, { reason: "unseen" }, { token })
    const again = page.waitForRequest(isStream)
    await see(true)
    await again
    await page.getByText("unseen").waitFor({ timeout: 15_000 })
    assert.deepStrictEqual(complaints, [])
    await context.close()
  })

  it("loads the reasons of an order's dead letters after its page", async () => {
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

  it("shows support only the pages of its role", async () => {
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
