// Ends a test run with one line of counts, from vitest's JSON report, and decides its exit code: a run
// fails where `npm test` failed, where nothing ran, and where a test was set aside.
//   node .ci/summary.js REPORT STATUS
import { readFileSync } from "node:fs"

const [file = "", status = "1"] = process.argv.slice(2)
const text = readFileSync(file, "utf8")

if (text === "") {
  process.stderr.write("No test ran: a step before the tests failed, see above.\n")
  process.exitCode = Number(status) || 1
} else {
  const report = JSON.parse(text)
  // Vitest counts what was skipped and what is to do apart; here neither may be.
  const skipped = report.numPendingTests + report.numTodoTests
  // A file that can't be loaded, or whose set-up fails, has no test that failed.
  const broken = report.testResults.filter(
    ({ status, assertionResults }) =>
      status === "failed" && assertionResults.every((test) => test.status !== "failed")
  )
  for (const { name, message } of broken) process.stderr.write(`FAILED: ${name}: ${message}\n`)
  const failed = report.numFailedTests + broken.length
  const complete = report.success && report.numPassedTests > 0 && skipped === 0
  if (!complete) process.stderr.write("Every test has to run and pass, and some must exist.\n")
  process.stdout.write(`${report.numPassedTests} passed, ${failed} failed, ${skipped} skipped\n`)
  process.exitCode = Number(status) || (complete ? 0 : 1)
}
