// What `npm run portability` makes of the runs of the suite.
import { expect, it } from "vitest"
import { report } from "../../../tools/portability/report.ts"
import { readReport } from "../../../tools/portability/suite.ts"

const test = (title: string, status: string, gap?: string) => ({
  ancestorTitles: ["on real services", "Here 1.0, live", "orders"],
  title,
  status,
  meta: gap === undefined ? {} : { gap }
})

const results = readReport({
  testResults: [
    {
      assertionResults: [
        test("are placed", "passed"),
        test("are read", "passed"),
        test("have a key", "passed", "the host drops it"),
        test("end", "failed")
      ]
    }
  ]
})
const measured = new Map([
  [
    "Here 1.0, live",
    { startMillis: 412.4, residentMb: 99.6, bundle: { bytes: 4_260_000, gzipped: 1_040_000 } }
  ]
])

it("counts gaps and failures as tests that do not pass", () => {
  expect(results).toEqual([
    {
      title: "Here 1.0, live",
      passed: 2,
      skipped: 0,
      failed: ["orders > end"],
      gaps: new Map([["the host drops it", ["orders > have a key"]]])
    }
  ])
  const [, , row] = report(results, measured).split("\n")
  expect(row?.split("|").map((cell) => cell.trim())).toEqual([
    ...["", "Here 1.0, live", "2 of 4", "412 ms", "100 MiB", "4.3 MB (1.0 MB)"],
    "1 test: the host drops it; FAILED: orders > end",
    ""
  ])
})

it("says what is not run, and why", () => {
  expect(report(results, measured)).toMatch(/^\| workerd, live .*\| none .*not run: /mu)
})
