// The lockfile lists the binaries of every platform. npm leaves out those that its registry lacked at
// that moment, and then `npm ci` refuses the lockfile on every machine.
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { expect, it } from "vitest"

interface Package {
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

it("locks the optional packages of every platform", async () => {
  const file = join(import.meta.dirname, "../package-lock.json")
  const { packages }: { packages: Readonly<Record<string, Package>> } = JSON.parse(
    await readFile(file, "utf8")
  )
  const locked = new Set(Object.keys(packages).map((path) => path.split("node_modules/").at(-1)))
  const needed = Object.values(packages).flatMap(({ optionalDependencies = {} }) =>
    Object.keys(optionalDependencies)
  )
  expect(needed.filter((name) => !locked.has(name))).toEqual([])
})
