// What is asked of every page in a browser: what axe finds, whether there is room, what it complains of and whom it asks.
import { mkdirSync, readFileSync } from "node:fs"
import { createRequire } from "node:module"
import { join } from "node:path"
import type { Browser, BrowserContext, Page } from "playwright-core"

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8")

/** The folder for pictures, where they are asked for. */
const screenshots = process.env["SCREENSHOTS"]

const all = (["light", "dark"] as const).flatMap((scheme) =>
  ([360, 1280, 2560] as const).map((width) => [scheme, width] as const)
)
export type Look = (typeof all)[number]

/** Colours are the same at each width, and places are in each scheme. */
const some = [
  ["light", 360],
  ["dark", 1280],
  ["light", 2560]
] as const

/** Colour schemes and widths: all of them for pictures, and else as many as differ. */
export const looks: ReadonlyArray<Look> = screenshots === undefined ? some : all

/** The same for pages that do not grow with the window: above 1,280 px they are only pictured. */
export const narrowLooks: ReadonlyArray<Look> =
  screenshots === undefined ? some.filter(([, width]) => width <= 1280) : all

interface AxeResult {
  readonly violations: ReadonlyArray<{
    readonly id: string
    readonly help: string
    readonly nodes: ReadonlyArray<{ readonly html: string; readonly failureSummary?: string }>
  }>
}

interface Scope {
  /** Rules whose findings are left out. */
  readonly left?: ReadonlyArray<string> | undefined
  /** These rules alone. */
  readonly only?: ReadonlyArray<string> | undefined
  /** A selector: in this part of the page. */
  readonly within?: string
}

/**
 * What axe finds, in words. The page's policy lets no script in: the protocol of the browser runs it. A document that has
 * axe keeps it: there the next run takes half as long.
 */
export const findings = async (
  page: Page,
  { left = [], only, within = "html" }: Scope = {}
): Promise<ReadonlyArray<string>> => {
  if (await page.evaluate('!("axe" in window)')) await page.evaluate(axe)
  const asked = JSON.stringify([within, { resultTypes: ["violations"], runOnly: only }])
  const { violations } = (await page.evaluate(`axe.run(...${asked})`)) as AxeResult
  return violations
    .filter(({ id }) => !left.includes(id))
    .map(
      ({ id, help, nodes }) =>
        `${id}: ${help}\n${nodes.map(({ html, failureSummary }) => `  ${html}\n  ${failureSummary}`).join("\n")}`
    )
}

/** Which of a page's elements are shown. */
const shownElements = (page: Page): Promise<string> =>
  page.evaluate(() =>
    Array.from(document.querySelectorAll("*"), (element) =>
      element.checkVisibility() ? "1" : "0"
    ).join("")
  )

/** What axe can find in one look and not in another that shows the same elements. */
const ofLook = ["color-contrast", "scrollable-region-focusable"]

/** By how many pixels a page is too wide. */
const overflow = (page: Page): Promise<number> =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)

export const picture = async (page: Page, name: string): Promise<void> => {
  if (screenshots === undefined) return
  mkdirSync(screenshots, { recursive: true })
  await page.screenshot({ path: join(screenshots, `${name}.png`), fullPage: true })
}

/** Shows a page in a look, without loading it again. */
export const show = async (page: Page, [colorScheme, width]: Look): Promise<void> => {
  await page.setViewportSize({ width, height: 900 })
  await page.emulateMedia({ colorScheme })
}

/**
 * Takes a picture of a page in each look. Returns what axe finds there, but for the rules that are `left`, and whether
 * the page is too wide.
 */
export const examine = async (
  page: Page,
  name: string,
  inLooks: ReadonlyArray<Look>,
  left?: ReadonlyArray<string>
): Promise<ReadonlyArray<string>> => {
  const lines: Array<string> = []
  const seen = new Set<string>()
  for (const look of inLooks) {
    const [scheme, width] = look
    await show(page, look)
    await picture(page, `${name}-${scheme}-${width}`)
    const over = await overflow(page)
    const shown = await shownElements(page)
    const found = await findings(page, { left, only: seen.has(shown) ? ofLook : undefined })
    seen.add(shown)
    for (const line of [...(over > 0 ? [`${over} px too wide`] : []), ...found])
      lines.push(`${name}, ${scheme}, ${width} px: ${line}`)
  }
  return lines
}

/** A context whose pages add what they complain of, and what they ask other hosts for, to `complaints`. */
export const openContext = async (
  browser: Browser,
  origin: string,
  complaints: Array<string>,
  options: Parameters<Browser["newContext"]>[0]
): Promise<BrowserContext> => {
  const context = await browser.newContext({ baseURL: origin, ...options })
  context.on("page", (page) => {
    page.on("pageerror", (error) => complaints.push(String(error)))
    page.on("console", (message) => {
      // A page that says 404 or 409 is an error of the network to the browser, and none here.
      if (message.type() === "error" && !message.text().includes("the server responded with"))
        complaints.push(message.text())
    })
    page.on("request", (request) => {
      const url = request.url()
      if (!url.startsWith(origin) && !url.startsWith("data:")) complaints.push(url)
    })
  })
  return context
}
