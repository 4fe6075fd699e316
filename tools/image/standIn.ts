// A base image where no registry of images can be reached: a root folder with the Node, npm, shell, libraries and
// certificates of this machine, and the base's user. It has less than the real one, so what runs on it needs no more.
import { existsSync } from "node:fs"
import { chmod, cp, mkdir, readFile, realpath, symlink, writeFile } from "node:fs/promises"
import { homedir } from "node:os"
import { basename, dirname, join } from "node:path"
import { execute, which } from "../harness/obtain/obtain.ts"

/** The shared libraries of a program, and its loader. */
async function librariesOf(program: string): Promise<ReadonlyArray<string>> {
  // A program without any is no failure.
  const { stdout } = await execute("ldd", [program]).catch(() => ({ stdout: "" }))
  return Array.from(stdout.matchAll(/(?:=> )?(\/\S+) \(0x/gu), ([, path = ""]) => path)
}

/** What npm's scripts and the programs of the image call. */
const tools = ["sh", "env"] as const

const authorities = "/etc/ssl/certs/ca-certificates.crt"

export async function makeStandIn(root: string): Promise<void> {
  const put = async (from: string, to: string): Promise<void> => {
    await mkdir(dirname(join(root, to)), { recursive: true })
    await cp(await realpath(from), join(root, to), { recursive: true })
  }
  await put(process.execPath, "/usr/local/bin/node")
  const found = await Promise.all(tools.map((tool) => which(tool)))
  for (const path of found) await put(path, `/usr/bin/${basename(path)}`)
  const libraries = (await Promise.all([process.execPath, ...found].map(librariesOf))).flat()
  // Every system with this C library has it, and native packages ask for it.
  const ofTheSystem = libraries
    .filter((library) => basename(library).startsWith("libc.so"))
    .map((library) => join(dirname(library), "librt.so.1"))
  for (const library of new Set([...libraries, ...ofTheSystem])) await put(library, library)
  await symlink("usr/bin", join(root, "bin"))

  const npm = dirname(dirname(await realpath(await which("npm"))))
  await put(npm, "/usr/local/lib/node_modules/npm")
  for (const name of ["npm", "npx"])
    await symlink(`../lib/node_modules/npm/bin/${name}-cli.js`, join(root, "usr/local/bin", name))

  await put(authorities, authorities)
  // How this machine reaches its registry of packages.
  const npmrc = join(homedir(), ".npmrc")
  const settings = existsSync(npmrc) ? await readFile(npmrc, "utf8") : ""
  await mkdir(join(root, "usr/local/etc"))
  await writeFile(join(root, "usr/local/etc/npmrc"), `cafile=${authorities}\n${settings}`)
  await writeFile(
    join(root, "etc/passwd"),
    "root:x:0:0:root:/root:/bin/sh\nnode:x:1000:1000::/home/node:/bin/sh\n"
  )
  await writeFile(join(root, "etc/group"), "root:x:0:\nnode:x:1000:\n")
  for (const folder of ["dev", "proc", "sys", "root", "home/node", "tmp", "var/tmp"])
    await mkdir(join(root, folder), { recursive: true })
  for (const folder of ["tmp", "var/tmp"]) await chmod(join(root, folder), 0o1777)
}
