// The line that ends a CI run, and its exit code, for every way a run can end.
import { execFile } from "node:child_process"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, expect, it } from "vitest"

const script = join(import.meta.dirname, "../.ci/summary.js")
const folder = await mkdtemp(join(tmpdir(), "ci-summary-"))
afterAll(() => rm(folder, { recursive: true }))

const all = {
  success: true,
  numPassedTests: 5,
  numFailedTests: 0,
  numPendingTests: 0,
  numTodoTests: 0,
  testResults: [{ name: "a.test.ts", status: "passed", assertionResults: [{ status: "passed" }] }]
}
/** Of a file with a failed test, and of one that was not loaded. */
const [withFailed, notLoaded] = [[{ status: "failed" }], []].map((assertionResults) => [
  { name: "b.test.ts", message: "no go there", status: "failed", assertionResults }
])

const summarize = async (name: string, text: string, status: number) => {
  const file = join(folder, name)
  await writeFile(file, text)
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [script, file, `${status}`], (_error, stdout) =>
      resolve({ code: child.exitCode, stdout })
    )
  })
}

it.each([
  { name: "all passed", report: all, status: 0, line: "5 passed, 0 failed, 0 skipped\n", code: 0 },
  {
    name: "one failed",
    report: {
      ...all,
      ...{ success: false, numPassedTests: 4, numFailedTests: 1, testResults: withFailed }
    },
    status: 1,
    line: "4 passed, 1 failed, 0 skipped\n",
    code: 1
  },
  {
    name: "a file failed to load",
    report: { ...all, success: false, testResults: notLoaded },
    status: 0,
    line: "5 passed, 1 failed, 0 skipped\n",
    code: 1
  },
  {
    name: "some skipped",
    report: { ...all, numPendingTests: 2, numTodoTests: 1 },
    status: 0,
    line: "5 passed, 0 failed, 3 skipped\n",
    code: 1
  },
  {
    name: "none ran",
    report: { ...all, numPassedTests: 0 },
    status: 0,
    line: "0 passed, 0 failed, 0 skipped\n",
    code: 1
  },
  {
    name: "the command failed after the tests",
    report: all,
    status: 7,
    line: "5 passed, 0 failed, 0 skipped\n",
    code: 7
  }
])("$name", async ({ name, report, status, line, code }) => {
  const outcome = await summarize(name, JSON.stringify(report), status)
  expect(outcome).toEqual({ code, stdout: line })
})

it("no report: a step before the tests failed", async () => {
  expect(await summarize("no report", "", 2)).toEqual({ code: 2, stdout: "" })
})
