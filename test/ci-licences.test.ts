// The licence check: of this project, and of lockfiles that it has to refuse.
import { execFile } from "node:child_process"
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { expect, it } from "vitest"

const root = join(import.meta.dirname, "..")

const check = (folder: string) =>
  new Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }>(
    (resolve) => {
      const child = execFile(
        process.execPath,
        [join(root, ".ci/licences.ts"), folder],
        (_error, stdout, stderr) => resolve({ code: child.exitCode, stdout, stderr })
      )
    }
  )

/** A project of one package, as the lockfile has it, and as its own package.json has it. */
const checkPackage = async (locked: object, installed?: object) => {
  const folder = await mkdtemp(join(tmpdir(), "ci-licences-"))
  try {
    const path = "node_modules/some"
    const packages = { "": { name: "app" }, [path]: { version: "1.2.3", ...locked } }
    await writeFile(join(folder, "package-lock.json"), JSON.stringify({ packages }))
    const manifest = join(folder, path, "package.json")
    await mkdir(dirname(manifest), { recursive: true })
    if (installed !== undefined) await writeFile(manifest, JSON.stringify(installed))
    return await check(folder)
  } finally {
    await rm(folder, { recursive: true })
  }
}

it("accepts every package of this project, shipped or a tool", async () => {
  const { code, stdout, stderr } = await check(root)
  expect(stderr).toBe("")
  expect(stdout).toMatch(
    /^Licences: [1-9]\d+ packages that are shipped and [1-9]\d+ tools, all allowed\.$/mu
  )
  expect(code).toBe(0)
})

it.each([
  ["MIT", true],
  ["(MIT OR EUPL-1.1+)", true],
  ["GPL-3.0-only OR (Apache-2.0 AND BSD-3-Clause)", true],
  ["MIT AND Apache-2.0", true],
  ["GPL-3.0-only", false],
  ["MIT AND GPL-3.0-only", false],
  ["MIT AND (GPL-3.0-only OR AGPL-3.0-only)", false],
  ["MPL-2.0", false],
  ["UNLICENSED", false],
  ["SEE LICENSE IN LICENSE.md", false],
  ["(MIT", false],
  ["MIT OR", false],
  ["MIT Apache-2.0", false],
  ["Apache-2.0 WITH LLVM-exception", false]
])("for a shipped package, %s is allowed: %s", async (license, allowed) => {
  const { code, stderr } = await checkPackage({ license })
  expect(code, stderr).toBe(allowed ? 0 : 1)
  if (!allowed) expect(stderr).toContain("node_modules/some 1.2.3 is ")
})

it("allows tools a licence with copyleft per file", async () => {
  expect((await checkPackage({ license: "MPL-2.0", dev: true })).code).toBe(0)
  expect((await checkPackage({ license: "AGPL-3.0-only", dev: true })).code).toBe(1)
})

it.each([
  ["no licence", {}, undefined, "has no licence in the lockfile"],
  ["an empty one", { license: "" }, undefined, "has no licence in the lockfile"],
  ["one in its package.json alone", {}, { license: "MIT" }, "has no licence in the lockfile"],
  [
    "another one in its package.json",
    { license: "MIT" },
    { license: "GPL-3.0-only" },
    'is MIT in the lockfile and "GPL-3.0-only" in its package.json'
  ],
  [
    "none in its package.json",
    { license: "MIT" },
    {},
    "is MIT in the lockfile and undefined in its package.json"
  ]
])("refuses a package with %s", async (_, locked, installed, words) => {
  const { code, stderr } = await checkPackage(locked, installed)
  expect(code).toBe(1)
  expect(stderr).toContain(`node_modules/some 1.2.3 ${words}`)
})

it("fails without packages to check", async () => {
  const folder = await mkdtemp(join(tmpdir(), "ci-licences-"))
  try {
    await writeFile(join(folder, "package-lock.json"), JSON.stringify({ packages: {} }))
    expect((await check(folder)).code).toBe(1)
  } finally {
    await rm(folder, { recursive: true })
  }
})
