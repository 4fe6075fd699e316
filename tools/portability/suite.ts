// Runs the suite on every runtime (runtimes.suite.ts) and reads what came of it.
import { spawn } from "node:child_process"
import { once } from "node:events"
import { readFileSync } from "node:fs"
import { resolve } from "node:path"

export interface SuiteResult {
  /** `RUNTIME, embedded` or `RUNTIME, live`. */
  readonly title: string
  readonly passed: number
  readonly failed: ReadonlyArray<string>
  readonly skipped: number
  /** Tests that fail on this host for a reason of its own, by that reason. */
  readonly gaps: ReadonlyMap<string, ReadonlyArray<string>>
}

interface Report {
  readonly testResults: ReadonlyArray<{
    readonly assertionResults: ReadonlyArray<{
      readonly ancestorTitles: ReadonlyArray<string>
      readonly title: string
      readonly status: string
      readonly meta: { readonly gap?: string }
    }>
  }>
}

const titled = /, (?:embedded|live)$/u

export const readReport = ({ testResults }: Report): ReadonlyArray<SuiteResult> => {
  interface Counted {
    passed: number
    skipped: number
    readonly failed: Array<string>
    readonly gaps: Map<string, ReadonlyArray<string>>
  }
  const results = new Map<string, Counted>()
  for (const { ancestorTitles, title, status, meta } of testResults.flatMap(
    ({ assertionResults }) => assertionResults
  )) {
    const at = ancestorTitles.findIndex((ancestor) => titled.test(ancestor))
    const name = ancestorTitles[at] ?? ancestorTitles[0] ?? title
    const result: Counted = results.get(name) ?? {
      passed: 0,
      skipped: 0,
      failed: [],
      gaps: new Map()
    }
    results.set(name, result)
    const test = [...ancestorTitles.slice(at + 1), title].join(" > ")
    if (status === "failed") result.failed.push(test)
    else if (status !== "passed") result.skipped += 1
    else if (meta.gap === undefined) result.passed += 1
    else result.gaps.set(meta.gap, [...(result.gaps.get(meta.gap) ?? []), test])
  }
  return Array.from(results, ([title, result]) => ({ title, ...result }))
}

/** Throws where the run left no report. `folder`: for the report. */
export const runSuite = async (folder: string): Promise<ReadonlyArray<SuiteResult>> => {
  const file = resolve(folder, "suite.json")
  const vitest = resolve("node_modules/vitest/vitest.mjs")
  const child = spawn(
    process.execPath,
    [
      ...[vitest, "run", "--config", "tools/portability/vitest.config.ts"],
      ...["--reporter=default", "--reporter=json", `--outputFile.json=${file}`]
    ],
    { stdio: "inherit" }
  )
  await once(child, "exit")
  return readReport(JSON.parse(readFileSync(file, "utf8")))
}
