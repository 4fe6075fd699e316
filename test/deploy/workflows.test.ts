// What runs where the repository is hosted: workflows that actionlint takes, with no more rights than they need, on
// actions by commit, of commands that exist; and updates of everything that is pinned.
import { execFile } from "node:child_process"
import { readdirSync } from "node:fs"
import { join } from "node:path"
import { promisify } from "node:util"
import { describe, expect, it } from "vitest"
import { parse } from "yaml"
import { obtainActionlint } from "../../tools/harness/obtain/linters.ts"
import { describeWithTool } from "../suite.ts"
import { all, exists, read } from "./files.ts"

const root = join(import.meta.dirname, "../..")
const folder = ".github/workflows"
const paths = readdirSync(join(root, folder)).map((name) => `${folder}/${name}`)

interface Step {
  readonly uses?: string
  readonly run?: string
  readonly with?: Readonly<Record<string, unknown>>
}

interface Workflow {
  readonly on: Readonly<Record<string, unknown>>
  readonly permissions: Readonly<Record<string, string>>
  readonly jobs: Readonly<
    Record<
      string,
      {
        readonly uses?: string
        readonly permissions?: Readonly<Record<string, string>>
        readonly "timeout-minutes"?: number
        readonly steps?: ReadonlyArray<Step>
      }
    >
  >
}

const workflow = (path: string): Workflow => parse(read(path))
const stepsOf = (path: string): ReadonlyArray<Step> =>
  Object.values(workflow(path).jobs).flatMap(({ steps = [] }) => steps)

describe.each(paths)("%s", (path) => {
  const { permissions, jobs } = workflow(path)
  const steps = stepsOf(path)

  it("may only read the repository, except for jobs that publish", () => {
    expect(permissions).toEqual({ contents: "read" })
    const more = Object.values(jobs).filter((job) => job.permissions !== undefined)
    expect(more.length).toBe(path.endsWith("release.yml") ? 1 : 0)
  })

  it("has a time limit for every job", () => {
    for (const [name, { uses, "timeout-minutes": minutes }] of Object.entries(jobs))
      expect(uses !== undefined || (minutes ?? 1000) <= 40, name).toBe(true)
  })

  it("runs actions by commit, with their version in a comment", () => {
    const actions = steps.flatMap(({ uses = [] }) => uses)
    for (const action of actions) expect(action).toMatch(/@[0-9a-f]{40}$/u)
    expect(all(read(path), /uses: [\w/-]+@[0-9a-f]{40} # (v\d+\.\d+\.\d+)$/gmu).length).toBe(
      actions.length
    )
  })

  it("keeps no credentials in the checkout", () => {
    const checkouts = steps.filter(({ uses = "" }) => uses.startsWith("actions/checkout@"))
    for (const { with: inputs = {} } of checkouts) expect(inputs["persist-credentials"]).toBe(false)
  })

  it("runs scripts that exist, and puts no expression into a shell command", () => {
    const { scripts } = JSON.parse(read("package.json"))
    const commands = steps.flatMap(({ run = [] }) => run)
    const named = commands.flatMap((command) => all(command, /npm run (?:--silent )?([\w:-]+)/gu))
    expect(named.filter((name) => !(name in scripts))).toEqual([])
    const files = commands.flatMap((command) => all(command, /(?:^|node )(\.ci\/[\w.]+)/gmu))
    expect(files.filter((file) => !exists(file))).toEqual([])
    expect(commands.filter((command) => command.includes("${{"))).toEqual([])
  })
})

describe("ci", () => {
  it("has jobs to check, test, run the other runtimes, build the image and start compose.yaml", () => {
    expect(Object.keys(workflow(`${folder}/ci.yml`).jobs)).toEqual([
      "check",
      "test",
      "portability",
      "image",
      "compose"
    ])
  })

  it("runs completely before a release", () => {
    expect(workflow(`${folder}/ci.yml`).on).toHaveProperty("workflow_call")
    expect(workflow(`${folder}/release.yml`).jobs["ci"]?.uses).toBe(`./${folder}/ci.yml`)
    expect(read(`${folder}/release.yml`)).toContain("needs: ci\n")
  })
})

it("updates are configured for packages, images and actions", () => {
  const { updates } = parse(read(".github/dependabot.yml"))
  const ecosystems = updates.map(
    (one: Readonly<Record<string, unknown>>) => one["package-ecosystem"]
  )
  expect(ecosystems).toEqual(["npm", "docker", "docker-compose", "github-actions"])
})

await describeWithTool("actionlint", obtainActionlint, (actionlint) => {
  it("the linter accepts every workflow", async () => {
    // Without the linters of shell and Python that it would run where they happen to be.
    const args = ["-no-color", "-shellcheck=", "-pyflakes=", ...paths]
    const { stdout } = await promisify(execFile)(actionlint, args, { cwd: root })
    expect(stdout).toBe("")
  })
})
