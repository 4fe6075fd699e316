// The lockfile lists the binaries of every platform, each with its hash. npm leaves out those that its registry
// lacked at that moment, and then `npm ci` refuses the lockfile on every machine. It leaves out the hash of a
// package that it has not downloaded, and then `npm ci` takes anything that the registry sends.
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { expect, it } from "vitest"

interface Package {
  readonly integrity?: string
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

const file = join(import.meta.dirname, "../package-lock.json")
const { packages }: { packages: Readonly<Record<string, Package>> } = JSON.parse(
  await readFile(file, "utf8")
)
/** Without the project itself, whose path is empty. */
const paths = Object.keys(packages).filter((path) => path !== "")

it("locks the optional packages of every platform", () => {
  const locked = new Set(paths.map((path) => path.split("node_modules/").at(-1)))
  const needed = Object.values(packages).flatMap(({ optionalDependencies = {} }) =>
    Object.keys(optionalDependencies)
  )
  expect(needed.filter((name) => !locked.has(name))).toEqual([])
})

it("has the SHA-512 of every package", () => {
  expect(paths.length).toBeGreaterThan(100)
  const isHashed = (path: string) =>
    /^sha512-[A-Za-z0-9+/]{86}==$/u.test(packages[path]?.integrity ?? "")
  expect(paths.filter((path) => !isHashed(path))).toEqual([])
})
