// What is in the image: what it weighs, whose code it is and on which terms, and that none of it can be changed. The
// image itself tells, by a script that its Node runs.
import { type Check, check } from "./check.ts"
import type { BuiltImage } from "./image.ts"

/** In 10^6 bytes, over its base. */
const mostMegabytes = 60

/** What is not in the bundle, and the package for its system that one of them asks for. */
const unbundled = /^(?:@node-rs\/argon2(?:-[\w-]+)?|tinypool)$/u

interface Sbom {
  readonly bomFormat: string
  readonly components: ReadonlyArray<{
    readonly name: string
    readonly version: string
  }>
}

interface Contents {
  readonly files: ReadonlyArray<{
    readonly path: string
    readonly bytes: number
    readonly uid: number
    readonly mode: number
  }>
  /** Of every source map, from the folder of the image. */
  readonly sources: ReadonlyArray<string>
  readonly licences: string
  readonly sbom: Sbom
  /** What became of an attempt to write, by path. */
  readonly written: Readonly<Record<string, string>>
}

/** Runs in the image. */
const script = `
const { lstatSync, readdirSync, readFileSync, writeFileSync } = require("node:fs")
const { dirname, join, normalize } = require("node:path")
const paths = readdirSync(".", { recursive: true }).filter((path) => !lstatSync(path).isDirectory())
const files = paths.map((path) => {
  const { size, uid, mode } = lstatSync(path)
  return { path, bytes: size, uid, mode }
})
const maps = paths.filter((path) => /^dist\\/(programs|layers)\\/.*\\.map$/.test(path))
const sources = maps.flatMap((path) =>
  JSON.parse(readFileSync(path, "utf8")).sources.map((source) => normalize(join(dirname(path), source)))
)
const attempt = (path) => {
  try {
    writeFileSync(path, "")
    return "written"
  } catch (error) {
    return error.code
  }
}
const written = Object.fromEntries(["dist/x", "/tmp/x", "/x"].map((path) => [path, attempt(path)]))
const licences = readFileSync("dist/third-party-licences.txt", "utf8")
const sbom = JSON.parse(readFileSync("dist/sbom.cdx.json", "utf8"))
process.stdout.write(JSON.stringify({ files, sources, licences, sbom, written }))`

/** The first that a path names: a package's own source map may name what it was bundled from. */
const packageIn = (path: string): ReadonlyArray<string> =>
  /^.*?node_modules\/(?<name>(?:@[^/]+\/)?[^/]+)\//u.exec(path)?.groups?.["name"]?.split("\n") ?? []

const missingFrom = (wanted: ReadonlyArray<string>, there: ReadonlySet<string>): string => {
  const missing = wanted.filter((name) => !there.has(name))
  return missing.length === 0 ? "" : `without ${missing.join(", ")}`
}

export async function checkContents(image: BuiltImage): Promise<ReadonlyArray<Check>> {
  const program = image.run(["node", "-e", script], {})
  if ((await program.ended) !== 0) throw new Error(`the image does not run:\n${program.output()}`)
  const { files, sources, licences, sbom, written }: Contents = JSON.parse(program.stdout())

  const megabytes = files.reduce((sum, { bytes }) => sum + bytes, 0) / 1e6
  const installed = new Set(files.flatMap(({ path }) => packageIn(path)))
  const strangers = Array.from(installed).filter((name) => !unbundled.test(name))
  const bundled = Array.from(new Set(sources.flatMap(packageIn)))
  const shipped = [...bundled, ...installed]
  const licensed = new Set(
    Array.from(licences.matchAll(/^(\S+) \d\S*: \S/gmu), ([, name = ""]) => name)
  )
  const listed = new Set(sbom.components.map(({ name }) => name))
  const unlicensed = missingFrom(shipped, licensed)
  const unlisted = missingFrom(shipped, listed)
  const scripts = files.filter(({ path }) => /^dist\/(?:programs|layers)\/.*\.js$/u.test(path))
  const mapped = new Set(files.map(({ path }) => path))
  const unmapped = scripts.filter(({ path }) => !mapped.has(`${path}.map`))
  const astray = sources.filter((source) => !/^(?:src|node_modules)\//u.test(source))
  const foreign = files.filter(({ uid, mode }) => uid !== 0 || (mode & 0o022) !== 0)
  const outcomes = new Set(Object.values(written))

  return [
    check(
      `weighs less than ${mostMegabytes} MB over its base`,
      megabytes < mostMegabytes,
      `${megabytes.toFixed(1)} MB in ${files.length} files`
    ),
    check(
      "has no package but those that can't be bundled",
      strangers.length === 0 && installed.has("tinypool"),
      Array.from(installed).join(", ")
    ),
    check(
      "names the licence of every package",
      unlicensed === "" && bundled.length > 20,
      unlicensed || `${bundled.length} bundled, ${installed.size} as they are`
    ),
    check(
      "lists every package in its SBOM",
      sbom.bomFormat === "CycloneDX" && unlisted === "",
      unlisted || `${sbom.bomFormat}, ${sbom.components.length} components`
    ),
    check(
      "has a source map for every file of code, of sources of this checkout",
      unmapped.length === 0 && astray.length === 0 && sources.length > 500,
      astray[0] ?? `${scripts.length} files of ${sources.length} sources`
    ),
    check(
      "belongs to root, and no other user may write",
      foreign.length === 0,
      foreign[0]?.path ?? "every file"
    ),
    check(
      "can't write, its root being read-only",
      outcomes.size === 1 && outcomes.has("EROFS"),
      Array.from(outcomes).join(", ")
    )
  ]
}

export function checkConfig({ config }: BuiltImage): ReadonlyArray<Check> {
  const { User = "", Cmd = [], Labels = {}, StopSignal = "", Healthcheck = {} } = config
  const labels = ["title", "description", "licenses", "revision"].map(
    (name) => `org.opencontainers.image.${name}`
  )
  const unlabelled = labels.filter((label) => Labels[label] === undefined)
  return [
    check("runs as a user with a number, not as root", /^[1-9]\d*:[1-9]\d*$/u.test(User), User),
    check(
      "starts Node itself, without a shell, and is stopped by SIGTERM",
      Cmd[0] === "node" && StopSignal === "SIGTERM",
      Cmd.join(" ")
    ),
    check(
      "has a health check that needs no other program",
      Healthcheck.Test?.[0] === "CMD" && Healthcheck.Test[1] === "node",
      (Healthcheck.Test ?? []).slice(0, 3).join(" ")
    ),
    check(
      "has labels",
      unlabelled.length === 0,
      unlabelled.join(", ") || `${Object.keys(Labels).length} of them`
    )
  ]
}
