// Asks the registry for known vulnerabilities of what the lockfile names: none of moderate severity or
// above may be in what is shipped, none of high or above in what builds and tests it.
//   node .ci/audit.ts
// A registry without advisories (some mirrors) is no success, and said loudly; with AUDIT=required it is
// a failure, as everything else is that keeps the question from being answered.
import { spawn } from "node:child_process"
import { text } from "node:stream/consumers"

interface Advisory {
  readonly title: string
  readonly url: string
}

interface Vulnerability {
  readonly name: string
  readonly severity: string
  readonly range: string
  /** Advisories, or the names of the packages that it has them from. */
  readonly via: ReadonlyArray<Advisory | string>
}

/** What `npm audit --json` writes: a report, or the request that failed. */
interface Answer {
  readonly vulnerabilities?: Readonly<Record<string, Vulnerability>>
  readonly metadata?: unknown
  readonly message?: string
  readonly uri?: string
  readonly statusCode?: number
}

type Outcome =
  | { readonly _tag: "Clean" }
  | { readonly _tag: "Vulnerable"; readonly lines: ReadonlyArray<string> }
  | { readonly _tag: "NoAdvisories"; readonly where: string }
  | { readonly _tag: "Failed"; readonly reason: string }

const describe = ({ name, severity, range, via }: Vulnerability): string =>
  `  ${severity}: ${name} ${range}: ${via
    .map((cause) => (typeof cause === "string" ? `by ${cause}` : `${cause.title} (${cause.url})`))
    .join("; ")}`

/** The bulk endpoint of npm's registry protocol; where it is missing, these are the answers. */
const missing = new Set([404, 405])

const audit = async (...args: ReadonlyArray<string>): Promise<Outcome> => {
  const npm = spawn("npm", ["audit", "--json", "--package-lock-only", ...args])
  const exited = new Promise<number | null>((resolve, reject) => {
    npm.once("error", reject)
    npm.once("close", resolve)
  })
  const [output, complaints, code] = await Promise.all([text(npm.stdout), text(npm.stderr), exited])
  const answer: Answer = output.trim().startsWith("{") ? JSON.parse(output) : {}
  if (answer.statusCode !== undefined && missing.has(answer.statusCode))
    return { _tag: "NoAdvisories", where: `${answer.statusCode} for ${answer.uri}` }
  if (answer.vulnerabilities === undefined)
    return { _tag: "Failed", reason: answer.message ?? (complaints.trim() || `exit code ${code}`) }
  return code === 0
    ? { _tag: "Clean" }
    : { _tag: "Vulnerable", lines: Object.values(answer.vulnerabilities).map(describe) }
}

const scopes = [
  ["shipped, from moderate on", ["--omit=dev", "--audit-level=moderate"]],
  ["all, from high on", ["--audit-level=high"]]
] as const

for (const [scope, args] of scopes) {
  const outcome = await audit(...args)
  switch (outcome._tag) {
    case "Clean":
      process.stdout.write(`Audited (${scope}): no known vulnerability.\n`)
      break
    case "Vulnerable":
      process.stdout.write(`VULNERABLE (${scope}):\n${outcome.lines.join("\n")}\n`)
      process.exitCode = 1
      break
    case "NoAdvisories":
      process.stdout.write(
        `NOT AUDITED: this registry has no advisories (${outcome.where}). Audit where there is one.\n`
      )
      process.exit(process.env["AUDIT"] === "required" ? 1 : 0)
      break
    case "Failed":
      process.stdout.write(`NOT AUDITED (${scope}): npm audit failed: ${outcome.reason}\n`)
      process.exit(1)
  }
}
