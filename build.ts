// `npm run build`: each program of a deployment as few files in dist/, with what it imports from packages in
// them, and what dist/ needs to be shipped on its own: packages that are not bundled, and everybody's licences. A
// process reads and links some thirty files at start where sources and packages are 1,300; figures:
// docs/performance.md, "Start-up and memory". Types are `npm run types`'s to check.
import { existsSync } from "node:fs"
import { cp, readdir, readFile, rm, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { build } from "esbuild"
import { writeScalarScript } from "./tools/scalar/script.ts"

const programs = ["api", "worker", "cli", "dev", "demo", "lambda"].map(
  (name) => `src/programs/${name}.ts`
)

/** Native code, and a package that starts threads from its own files. */
const external = ["@node-rs/argon2", "tinypool"]

/** Asked for by a package that does without it, and here only because tools have it. */
const absent = ["supports-color"]

/** Loaded late, by names that a module in CommonJS would not have in a bundle. */
const lists = ["core", "language-common", "language-en"].map((name) => `@zxcvbn-ts/${name}`)

await rm("dist", { recursive: true, force: true })
const { metafile } = await build({
  entryPoints: [...programs, "src/programs/node-floor.js", "src/layers/crypto/argon2Worker.ts"],
  outdir: "dist",
  outbase: "src",
  // What programs share lies as deep as the sources that look for files from where they are: for the thread of
  // password hashing (Argon2idNative.ts) and for data (BloomBreachedPasswords.ts).
  chunkNames: "layers/crypto/[name]-[hash]",
  bundle: true,
  splitting: true,
  platform: "node",
  format: "esm",
  target: "node22.19",
  external: [...external, ...absent],
  alias: Object.fromEntries(lists.map((name) => [name, `${name}/dist/index.mjs`])),
  // Packages in CommonJS require Node's modules.
  banner: {
    js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);'
  },
  // Without keepNames, which names each function where it is made: a sixth of an order's processor time. No package
  // asks for the name of a class that the bundler renames.
  // For debuggers and profilers. Programs run without --enable-source-maps: Node then reads a whole map at start,
  // which takes 0.3 s and 100 MB.
  sourcemap: true,
  sourcesContent: false,
  legalComments: "inline",
  metafile: true,
  logLevel: "warning"
})

await writeScalarScript()

interface Manifest {
  readonly name: string
  readonly version: string
  readonly license?: string
  readonly homepage?: string
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

const manifestOf = async (folder: string): Promise<Manifest> =>
  JSON.parse(await readFile(join(folder, "package.json"), "utf8"))

const folderOf = (name: string): string => join("node_modules", name)

/** Where a package lies, and what it needs at run time. What is optional and not installed is for other systems. */
async function withDependencies(name: string): Promise<ReadonlyArray<string>> {
  const { dependencies = {}, optionalDependencies = {} } = await manifestOf(folderOf(name))
  const installed = Object.keys({ ...dependencies, ...optionalDependencies }).filter((needed) =>
    existsSync(folderOf(needed))
  )
  return [folderOf(name), ...(await Promise.all(installed.map(withDependencies))).flat()]
}

const copied = (await Promise.all(external.map(withDependencies))).flat()
for (const folder of copied)
  await cp(folder, join("dist", folder), { recursive: true, dereference: true })

const bundled = Object.keys(metafile.inputs).flatMap(
  (path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/u.exec(path)?.[0] ?? []
)

/** Who made a package and on which terms, in the words of its own files. */
async function creditOf(folder: string): Promise<string> {
  const { name, version, license = "no licence", homepage = "" } = await manifestOf(folder)
  const files = (await readdir(folder)).filter((file) =>
    /^(?:licen[cs]e|notice|copying)/iu.test(file)
  )
  const texts = await Promise.all(files.map((file) => readFile(join(folder, file), "utf8")))
  const terms = texts.length > 0 ? texts : [`The package has no text of its licence. ${homepage}`]
  return [`${name} ${version}: ${license}`, ...terms.map((text) => text.trim())].join("\n\n")
}

/** Has the script of a page, which is written as it is. */
const served = folderOf("@scalar/fastify-api-reference")

const shipped = new Set([...bundled, ...copied, served])
const credits = await Promise.all(Array.from(shipped, creditOf))
await writeFile(
  "dist/third-party-licences.txt",
  `${credits.toSorted().join(`\n\n${"-".repeat(80)}\n\n`)}\n`
)
