// What can be said of the image without building it: hadolint takes the Dockerfile, and what a build leaves in dist/ can
// be shipped. What is in the image and how it runs is seen by `npm run image:check`.
import { execFile } from "node:child_process"
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { createRequire } from "node:module"
import { dirname, join, resolve } from "node:path"
import { promisify } from "node:util"
import { describe, expect, it } from "vitest"
import { obtainHadolint } from "../../tools/harness/obtain/linters.ts"
import { describeWithTool } from "../suite.ts"
import { all } from "./files.ts"

const root = join(import.meta.dirname, "../..")
const dist = join(root, "dist")

/** For development, and yet the script of `/docs` is of it. */
const served = "@scalar/fastify-api-reference"

interface SourceMap {
  readonly sources: ReadonlyArray<string>
}

describe("a build", () => {
  const maps = readdirSync(dist, { recursive: true, encoding: "utf8" }).filter((path) =>
    /^(?:programs|layers)\/.*\.map$/u.test(path)
  )
  const sources = new Set(
    maps.flatMap((path) => {
      const { sources }: SourceMap = JSON.parse(readFileSync(join(dist, path), "utf8"))
      return sources.map((source) => resolve(dist, dirname(path), source))
    })
  )

  const bundled = Array.from(sources).flatMap((source) =>
    // The first: a package's own map may name what it was bundled from.
    all(source, /^.*?\/node_modules\/((?:@[^/]+\/)?[^/]+)\//gu)
  )

  it("has source maps that lead to the sources of this project", () => {
    const own = Array.from(sources).filter((source) => !source.includes("/node_modules/"))
    expect(own.length).toBeGreaterThan(250)
    const astray = own.filter((source) => !source.startsWith(join(root, "src/")))
    expect([...astray, ...own.filter((source) => !existsSync(source))]).toEqual([])
  })

  it("has the licence text of every package in its programs", () => {
    const licences = readFileSync(join(dist, "third-party-licences.txt"), "utf8")
    const copied = ["@node-rs/argon2", "tinypool", served]
    const missing = [...bundled, ...copied].filter((name) => {
      const { version, license } = JSON.parse(
        readFileSync(join(root, "node_modules", name, "package.json"), "utf8")
      )
      return !`\n${licences}`.includes(`\n${name} ${version}: ${license}\n`)
    })
    expect(new Set(bundled).size).toBeGreaterThan(40)
    expect(missing).toEqual([])
    expect(licences).toContain(
      readFileSync(join(root, "node_modules/effect/LICENSE"), "utf8").trim()
    )
  })

  it("has no package that is only for development", () => {
    const { packages } = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8"))
    const strangers = bundled.filter((name) => packages[`node_modules/${name}`].dev === true)
    expect(strangers).toEqual([])
  })

  it.each(["@node-rs/argon2", "tinypool"])(
    "has %s next to its programs, and finds it there",
    (name) => {
      const require = createRequire(join(dist, "layers/crypto/argon2Worker.js"))
      expect(require.resolve(name).startsWith(join(dist, "node_modules", name))).toBe(true)
    }
  )
})

it("the SBOM lists the lockfile's packages for a deployment, and none for development only", async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ["sbom.ts"], { cwd: root })
  const { packages } = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8"))
  const locked = Object.entries<{ readonly dev?: boolean; readonly version: string }>(packages)
    .filter(([path, { dev }]) => path !== "" && (dev !== true || path.endsWith(served)))
    .map(([path, { version }]) => `${path.split("node_modules/").at(-1)}@${version}`)
  const { bomFormat, components } = JSON.parse(stdout)
  const listed = components.map(
    (one: Readonly<Record<string, string>>) => `${one["name"]}@${one["version"]}`
  )
  expect(bomFormat).toBe("CycloneDX")
  expect(locked.length).toBeGreaterThan(50)
  expect(listed.toSorted()).toEqual(locked.toSorted())
}, 60_000)

await describeWithTool("hadolint", obtainHadolint, (hadolint) => {
  it("the build check accepts the Dockerfile, and fails on a warning", async () => {
    const args = ["--no-color", "--failure-threshold", "style", "Dockerfile"]
    const { stdout } = await promisify(execFile)(hadolint, args, { cwd: root })
    expect(stdout).toBe("")
  })
})
