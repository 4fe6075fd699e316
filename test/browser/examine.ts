// What is wrong with a page as a browser shows it.
import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import type { Page } from "playwright-core"

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8")

interface AxeResult {
  readonly violations: ReadonlyArray<{
    readonly id: string
    readonly help: string
    readonly nodes: ReadonlyArray<{ readonly html: string; readonly failureSummary?: string }>
  }>
}

/**
 * What axe finds but for the rules `without`, in words. The page's policy lets no script in: the protocol of the browser
 * runs it.
 */
export const findings = async (
  page: Page,
  without: ReadonlyArray<string> = []
): Promise<ReadonlyArray<string>> => {
  await page.evaluate(axe)
  const rules = Object.fromEntries(without.map((rule) => [rule, { enabled: false }]))
  const run = `axe.run(document, ${JSON.stringify({ rules })})`
  const { violations } = (await page.evaluate(run)) as AxeResult
  return violations.map(
    ({ id, help, nodes }) =>
      `${id}: ${help}\n${nodes.map(({ html, failureSummary }) => `  ${html}\n  ${failureSummary}`).join("\n")}`
  )
}

/** By how many pixels its content is too wide. */
export const overflow = (page: Page): Promise<number> =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
