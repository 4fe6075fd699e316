// What a release says of itself is what CHANGELOG.md says of its version, or there is no release.
import { execFile } from "node:child_process"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, it } from "vitest"

const changelog = `# Changelog

## Unreleased

- Later.

## [1.2.0] - 2026-11-29

### Added

- Much.

## 1.1.0

- Little.

## 1.0.0
`

const changesOf = async (asked: string, packaged: string) => {
  const folder = await mkdtemp(join(tmpdir(), "ci-changes-"))
  try {
    await writeFile(join(folder, "CHANGELOG.md"), changelog)
    await writeFile(join(folder, "package.json"), JSON.stringify({ version: packaged }))
    return await new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) => {
      const child = execFile(
        process.execPath,
        [join(import.meta.dirname, "../.ci/changes.js"), asked, folder],
        (_error, stdout, stderr) => resolve({ code: child.exitCode, stdout, stderr })
      )
    })
  } finally {
    await rm(folder, { recursive: true })
  }
}

it.each([
  ["1.2.0", "### Added\n\n- Much.\n"],
  ["1.1.0", "- Little.\n"]
])("prints the section of %s only", async (version, section) => {
  expect(await changesOf(version, version)).toMatchObject({ code: 0, stdout: section })
})

it.each([
  ["an empty section", "1.0.0", "1.0.0", "CHANGELOG.md says nothing of 1.0.0"],
  ["no section", "1.3.0", "1.3.0", "CHANGELOG.md says nothing of 1.3.0"],
  ["another version in package.json", "1.2.0", "1.1.0", "package.json has version 1.1.0"],
  ["no version", "", "1.1.0", "package.json has version 1.1.0"]
])("%s fails with a message", async (_, asked, packaged, words) => {
  const { code, stdout, stderr } = await changesOf(asked, packaged)
  expect(code).toBe(1)
  expect(stdout).toBe("")
  expect(stderr).toContain(words)
})
