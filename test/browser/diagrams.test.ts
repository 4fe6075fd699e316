// Every Mermaid diagram of the documents is one that Mermaid draws.
import { readdirSync, readFileSync } from "node:fs"
import { createRequire } from "node:module"
import { join } from "node:path"
import { type Browser, chromium, type Page } from "playwright-core"
import { afterAll, beforeAll, expect, it } from "vitest"
import { describeWithBrowser } from "../suite.ts"

const root = join(import.meta.dirname, "../..")
const mermaid = createRequire(import.meta.url).resolve("@mermaid-js/tiny")

const diagrams = [
  "README.md",
  ...readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" }).map((name) =>
    join("docs", name)
  )
]
  .filter((name) => name.endsWith(".md"))
  .flatMap((name) =>
    Array.from(
      readFileSync(join(root, name), "utf8").matchAll(/^```mermaid\n([\s\S]*?)^```/gmu),
      ([, text = ""], i) => ({ name, number: i + 1, text })
    )
  )

await describeWithBrowser("the diagrams", (executablePath) => {
  let browser: Browser
  let page: Page

  beforeAll(async () => {
    browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] })
    page = await browser.newPage()
    await page.addScriptTag({ path: mermaid })
  }, 30_000)

  afterAll(() => browser.close())

  it("are found", () => expect(diagrams.length).toBeGreaterThan(3))

  it.each(diagrams)("$name has one that is drawn: $number", async ({ text }) => {
    const drawing = `mermaid.render("diagram", ${JSON.stringify(text)}).then(({ svg }) => svg)`
    expect(await page.evaluate(drawing)).toContain("<svg")
  })
})
