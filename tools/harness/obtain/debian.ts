// Programs out of Debian's packages, which are not installed: that would start their services. apt checks signatures.

import { readdir, rm } from "node:fs/promises"
import { join } from "node:path"
import { execute, which } from "./obtain.ts"

/** Lays the files of the packages into `dir`, as they would lie in the root of a system. */
export async function unpackPackages(packages: ReadonlyArray<string>, dir: string): Promise<void> {
  const apt = await which("apt-get")
  const download = () => execute(apt, ["-qq", "download", ...packages], { cwd: dir })
  // A machine that has no lists yet needs root to get them.
  await download().catch(async () => {
    await execute(apt, ["-qq", "update"])
    await download()
  })
  const unpack = await which("dpkg-deb")
  for (const file of (await readdir(dir)).filter((name) => name.endsWith(".deb"))) {
    await execute(unpack, ["--extract", join(dir, file), dir])
    await rm(join(dir, file))
  }
}
