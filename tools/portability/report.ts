// The table of docs/portability.md.
import type { Measured } from "./measure.ts"
import type { SuiteResult } from "./suite.ts"

/** What the run itself does not tell. A title without results is a row of its own. */
const notes: Readonly<Record<string, string>> = {
  "workerd, embedded":
    "no worker runs there: what needs a confirmed and mailed order is left out of the suite",
  "workerd, live":
    "not run: the layers of MongoDB, Redis and SQS keep their connections for all requests, and workerd lets no request use what another has opened"
}

interface Row {
  readonly title: string
  readonly suite: string
  readonly measured: Measured | undefined
  readonly missing: string
}

const megabytes = (bytes: number): string => `${(bytes / 1_000_000).toFixed(1)} MB`

const figuresOf = ({ startMillis, residentMb, bundle }: Measured): ReadonlyArray<string> => [
  `${Math.round(startMillis)} ms`,
  residentMb === undefined ? "" : `${Math.round(residentMb)} MiB`,
  `${megabytes(bundle.bytes)} (${megabytes(bundle.gzipped)})`
]

const suiteOf = ({ passed, failed, gaps }: SuiteResult): string => {
  const missing = failed.length + [...gaps.values()].flat().length
  return `${passed} of ${passed + missing}`
}

const missingOf = ({ title, failed, gaps, skipped }: SuiteResult): string =>
  [
    ...Array.from(
      gaps,
      ([reason, tests]) => `${tests.length} ${tests.length === 1 ? "test" : "tests"}: ${reason}`
    ),
    ...failed.map((test) => `FAILED: ${test}`),
    ...(skipped > 0 ? [`${skipped} left out: this machine lacks what they need`] : []),
    notes[title] ?? []
  ]
    .flat()
    .join("; ")

export const report = (
  results: ReadonlyArray<SuiteResult>,
  figures: ReadonlyMap<string, Measured>
): string => {
  const rows: ReadonlyArray<Row> = [
    ...results.map((result) => ({
      title: result.title,
      suite: suiteOf(result),
      measured: figures.get(result.title),
      missing: missingOf(result)
    })),
    ...Object.entries(notes)
      .filter(([title]) => !results.some((result) => result.title === title))
      .map(([title, missing]) => ({ title, suite: "none", measured: undefined, missing }))
  ]
  const lines = [
    "| runtime, layers | tests of the suite | start | memory | bundle (gzip) | what does not hold |",
    "| --- | ---: | ---: | ---: | ---: | --- |",
    ...rows.map(({ title, suite, measured, missing }) => {
      const figures = measured === undefined ? ["", "", ""] : figuresOf(measured)
      return `| ${[title, suite, ...figures, missing].join(" | ")} |`
    })
  ]
  return lines.join("\n")
}
