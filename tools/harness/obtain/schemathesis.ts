// Schemathesis, which tests an API by its OpenAPI document: from PyPI, pinned by hash, in a virtual
// environment of its own inside the project's cache. It needs a Python, and no root.

import { join } from "node:path"
import { cached, hostSystem, intoCache } from "./cache.ts"
import { execute, type Found, obtain, which } from "./obtain.ts"

const version = "4.32.5"
/** What this version asks for. */
const oldestPython = [3, 11] as const
const requirements = join(import.meta.dirname, "schemathesis.txt")

/** The Python that runs it; its command line is `schemathesis.cli`. */
export function obtainSchemathesis(): Promise<Found> {
  return obtain("schemathesis", [
    {
      from: "cache",
      find: async () => cached(`${entryFor(await pythonVersion())}/bin/python`).find()
    },
    { from: "PyPI", find: async () => join(await install(await pythonVersion()), "bin/python") }
  ])
}

/** A virtual environment belongs to the Python that made it. */
const entryFor = (python: string): string =>
  `schemathesis-${version}-${hostSystem}-python-${python}`

async function pythonVersion(): Promise<string> {
  const asked = "import sys; print('%d.%d' % sys.version_info[:2])"
  const { stdout } = await execute(await which("python3"), ["-c", asked])
  const [major = 0, minor = 0] = stdout.trim().split(".").map(Number)
  const [oldestMajor, oldestMinor] = oldestPython
  if (major < oldestMajor || (major === oldestMajor && minor < oldestMinor))
    throw new Error(`python3 is ${stdout.trim()}, and it needs ${oldestPython.join(".")} or newer`)
  return stdout.trim()
}

const install = async (python: string): Promise<string> =>
  intoCache(entryFor(python), async (draft) => {
    await execute(await which("python3"), ["-m", "venv", draft])
    const inside = join(draft, "bin/python")
    await execute(inside, [
      ...["-m", "pip", "install", "--quiet", "--disable-pip-version-check"],
      ...["--require-hashes", "--only-binary=:all:", "--requirement", requirements]
    ])
    await execute(inside, ["-m", "schemathesis.cli", "--version"])
  })
