// Runs Schemathesis on a system with a caller's token, and gives what it found in the form of our own findings.
import { execFile } from "node:child_process"
import { mkdtemp, readFile, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { obtainSchemathesis } from "../harness/obtain/schemathesis.ts"
import { makeRandom } from "../harness/random.ts"
import type { Finding } from "./attack.ts"
import type { System } from "./systems.ts"

interface Report {
  readonly test_cases: { readonly generated: number }
  readonly operations: { readonly tested: number; readonly total: number }
  readonly failures: ReadonlyArray<{
    readonly title: string
    readonly count: number
    readonly operations: ReadonlyArray<string>
  }>
  readonly errors: ReadonlyArray<unknown>
}

export interface Examination {
  readonly as: "user" | "admin"
  readonly cases: number
  readonly findings: ReadonlyArray<Finding>
}

interface Ended {
  readonly code: number
  readonly output: string
}

const config = join(import.meta.dirname, "schemathesis.toml")

/** What it takes beyond its time, on a busy machine, before it is given up. */
const graceMs = 180_000

/** What it keeps for its next run goes into `cwd`, and away with it. */
const runIt = (
  python: string,
  args: ReadonlyArray<string>,
  env: Readonly<Record<string, string>>,
  { cwd, timeout }: { readonly cwd: string; readonly timeout: number }
): Promise<Ended> =>
  new Promise((resolve, reject) => {
    execFile(
      python,
      ["-m", "schemathesis.cli", ...args],
      { env: { ...process.env, ...env }, cwd, timeout, maxBuffer: 1e9 },
      (error, stdout, stderr) => {
        const output = `${stdout}${stderr}`
        if (error === null) resolve({ code: 0, output })
        else if (typeof error.code === "number") resolve({ code: error.code, output })
        else reject(new Error(`schemathesis did not end by itself:\n${output}`, { cause: error }))
      }
    )
  })

/** The part of the output about one operation: what was expected, the answer, a curl command. */
const sectionOf = (output: string, operation: string): string => {
  const escaped = operation.replace(/[.*+?^${}()|[\]\\]/gu, "\\$&")
  return (
    new RegExp(`^_+ ${escaped} _+$([\\s\\S]*?)(?=^_{3,} |^={3,} )`, "mu").exec(output)?.[1] ??
    output
  )
}

const findingsIn = ({ failures, errors }: Report, output: string): ReadonlyArray<Finding> => [
  ...failures.flatMap(({ title, operations }) =>
    operations.map((operation): Finding => {
      const section = sectionOf(output, operation)
      return {
        ...{ group: "schemathesis", operation, what: title, fault: title },
        reproduction: /^ *(curl .*)$/mu.exec(section)?.[1] ?? "in the raw result",
        answer: section.slice(0, 5000)
      }
    })
  ),
  ...errors.map(
    (error): Finding => ({
      ...{ group: "schemathesis", operation: "(none)", what: "an error of its own" },
      fault: JSON.stringify(error).slice(0, 500),
      ...{ reproduction: "in the raw result", answer: output.slice(-5000) }
    })
  )
]

export interface ExaminationOptions {
  readonly as: Examination["as"]
  readonly token: string
  readonly metricsToken: string
  readonly seed: string
  readonly seconds: number
}

export async function examine(
  { people }: System,
  { as, token, metricsToken, seed, seconds }: ExaminationOptions
): Promise<Examination> {
  const { path: python } = await obtainSchemathesis()
  const folder = await mkdtemp(join(tmpdir(), "schemathesis-"))
  const file = join(folder, "report.json")
  try {
    const { code, output } = await runIt(
      python,
      [
        ...["--config-file", config, "run", `${people.url}/openapi.json`, "--no-color"],
        ...["--seed", String(makeRandom(seed).int(0, 2 ** 31 - 1))],
        ...["--max-time", String(Math.ceil(seconds)), "--max-response-time", "10"],
        ...["--continue-on-failure", "--output-sanitize", "false", "--warnings", "off"],
        ...["--generation-database", "none", "--report-json-path", file]
      ],
      { FUZZ_ACCESS_TOKEN: token, FUZZ_METRICS_TOKEN: metricsToken },
      { cwd: folder, timeout: Math.ceil(seconds) * 1000 + graceMs }
    )
    const report = await readReport(file, output)
    const findings = findingsIn(report, output)
    if (code !== 0 && findings.length === 0)
      throw new Error(`schemathesis ended with ${code}, and reported nothing:\n${output}`)
    return { as, cases: report.test_cases.generated, findings }
  } finally {
    await rm(folder, { recursive: true })
  }
}

const readReport = async (file: string, output: string): Promise<Report> => {
  try {
    return JSON.parse(await readFile(file, "utf8"))
  } catch (cause) {
    throw new Error(`schemathesis left no report:\n${output}`, { cause })
  }
}
