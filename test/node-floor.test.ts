// Every way to start the service refuses a Node that is too old, before anything newer is loaded, and
// says what to do. Seen on a real Node 20, with the commands of package.json as they stand there.
import { execFile } from "node:child_process"
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { floor, isTooOld } from "../src/programs/node-floor.js"
import { node20 } from "./node-20.ts"

const root = join(import.meta.dirname, "..")
const manifest = JSON.parse(await readFile(join(root, "package.json"), "utf8"))
const scripts: ReadonlyArray<readonly [string, string]> = Object.entries(manifest.scripts)

const old = await node20()

interface Outcome {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

const runNode = (node: string, args: ReadonlyArray<string>): Promise<Outcome> =>
  new Promise((resolve) => {
    const child = execFile(node, args, { cwd: root }, (_error, stdout, stderr) =>
      resolve({ code: child.exitCode, stdout, stderr })
    )
  })

const expectRefused = ({ code, stdout, stderr }: Outcome) => {
  expect(stderr).toMatch(/^This is Node 20\.\d+\.\d+, and at least Node 22\.19\.0 is needed\.\n/)
  expect(stderr).toContain("npm ci")
  expect(stderr).toContain("npm run")
  expect(stderr.split("\n")).toHaveLength(4)
  expect(stdout).toBe("")
  expect(code).toBe(1)
}

describe("the minimum version of Node", () => {
  it("is the one that package.json declares", () => {
    expect(`${manifest.engines.node}.0`).toBe(`>=${floor}`)
  })

  it.each(["12.22.12", "20.20.2", "22.18.9", "22.9.0"])("refuses %s", (version) => {
    expect(isTooOld(version)).toBe(true)
  })

  it.each(["22.19.0", "22.19.1", "22.20.0", "23.0.0", "26.10.0", "100.0.0"])(
    "accepts %s",
    (version) => {
      expect(isTooOld(version)).toBe(false)
    }
  )

  it("accepts this Node without output", async () => {
    const outcome = await runNode(process.execPath, [
      "--import",
      "./src/programs/node-floor.js",
      "-e",
      ""
    ])
    expect(outcome).toEqual({ code: 0, stdout: "", stderr: "" })
  })
})

describe("on Node 20, an npm script", () => {
  const commands = scripts.filter(([, command]) => /\bnode /.test(command))

  it("exists for each entry point", () => {
    const names = commands.map(([name]) => name)
    expect(names).toEqual(expect.arrayContaining(["dev", "start", "worker", "demo", "cli"]))
  })

  it.each(commands)("%s refuses: %s", async (_name, command) => {
    // What runs Node, with what may come before it: a build, or `exec`.
    const args = /\bnode (.+)$/u.exec(command)?.[1]?.split(" ") ?? []
    expectRefused(await runNode(old, args))
  })
})

describe("on Node 20, a compiled program", () => {
  const programs = ["api", "worker", "cli", "demo", "dev", "lambda"].map(
    (name) => `programs/${name}.js`
  )
  const dist = join(root, "dist")

  it.each(programs)("%s refuses by itself", async (entry) => {
    expectRefused(await runNode(old, [join(dist, entry)]))
  })

  it.each(programs)("%s refuses when preloaded", async (entry) => {
    const preload = join(dist, "programs/node-floor.js")
    expectRefused(await runNode(old, ["--import", preload, join(dist, entry)]))
  })
})
