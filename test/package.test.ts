// The package as a user installs it: packed, unpacked in a folder outside of the project, and used from
// there by its name. Its dependencies are links to those of the project, and only those that it declares.
import { execFile } from "node:child_process"
import { existsSync } from "node:fs"
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { promisify } from "node:util"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { run as program } from "../tools/harness/program.ts"

const root = join(import.meta.dirname, "..")
const run = promisify(execFile)
const tsc = join(root, "node_modules/.bin/tsc")
/** Several checkers do much of the same work, each for itself. */
const single = ["--checkers", "1"]

interface Manifest {
  readonly exports: Readonly<Record<string, string>>
  readonly dependencies: Readonly<Record<string, string>>
  readonly bin: Readonly<Record<string, string>>
}

let folder: string
let manifest: Manifest
let consumer: string
let installed: string
let packed: ReadonlyArray<string>

/** What `npm pack` makes of the project, built in a folder of its own: other tests run what is in dist/. */
const pack = async (stage: string): Promise<string> => {
  for (const name of ["package.json", "README.md", "LICENSE", "CHANGELOG.md", "data", "dist"])
    await cp(join(root, name), join(stage, name), { recursive: true })
  // Without its checks, which are `npm run types`: a third of the time.
  const project = join(root, "tsconfig.library.json")
  await run(tsc, ["-p", project, "--noCheck", ...single, "--outDir", join(stage, "dist")])
  const { stdout } = await run("npm", ["pack", "--ignore-scripts", "--json"], { cwd: stage })
  const [{ filename, files }] = JSON.parse(stdout)
  packed = files.map(({ path }: { readonly path: string }) => path)
  return join(stage, filename)
}

const link = async (name: string): Promise<void> => {
  const path = join(consumer, "node_modules", name)
  await mkdir(dirname(path), { recursive: true })
  await symlink(join(root, "node_modules", name), path)
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "package-"))
  const stage = join(folder, "stage")
  await mkdir(stage)
  const tarball = await pack(stage)
  consumer = join(folder, "consumer")
  installed = join(consumer, "node_modules/order-processing")
  await mkdir(installed, { recursive: true })
  await run("tar", ["-xzf", tarball, "--strip-components=1", "-C", installed])
  manifest = JSON.parse(await readFile(join(installed, "package.json"), "utf8"))
  await Promise.all([...Object.keys(manifest.dependencies), "@types/node"].map(link))
  await writeFile(join(consumer, "package.json"), '{ "type": "module" }')
  await cp(join(root, "examples"), join(consumer, "src"), { recursive: true })
}, 120_000)
afterAll(() => rm(folder, { recursive: true, force: true }))

/** TypeScript's strictest settings, with the libraries' own declarations checked too. */
const strictest = {
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  noImplicitOverride: true,
  noImplicitReturns: true,
  noFallthroughCasesInSwitch: true,
  noPropertyAccessFromIndexSignature: true,
  noUnusedLocals: true,
  noUnusedParameters: true,
  erasableSyntaxOnly: true,
  verbatimModuleSyntax: true,
  isolatedModules: true,
  skipLibCheck: false,
  module: "nodenext",
  target: "es2024",
  noEmit: true
}

const compile = async (name: string, compilerOptions: object, files: ReadonlyArray<string>) => {
  const path = join(consumer, `tsconfig.${name}.json`)
  const options = { ...strictest, ...compilerOptions }
  await writeFile(path, JSON.stringify({ compilerOptions: options, files }))
  return run(tsc, ["-p", path, ...single]).then(
    () => "",
    ({ stdout }: { readonly stdout: string }) => stdout
  )
}

/** What the package is imported by. */
const names = (): ReadonlyArray<string> =>
  Object.keys(manifest.exports)
    .filter((name) => name !== "./package.json")
    .map((name) => name.replace(/^\./u, "order-processing"))

/** The programs in a document that are about the package, as files of the consumer. */
const programsIn = async (document: string): Promise<ReadonlyArray<string>> => {
  const text = await readFile(join(root, document), "utf8")
  const programs = Array.from(text.matchAll(/^```ts\n([\s\S]*?)^```/gmu), ([, code = ""]) => code)
  const ours = programs.filter((code) => code.includes('from "order-processing/'))
  return Promise.all(
    ours.map(async (code, i) => {
      const file = join(consumer, `${document.replace(/\W/gu, "-")}-${i}.ts`)
      await writeFile(file, code)
      return file
    })
  )
}

const node = (...args: ReadonlyArray<string>) =>
  run(process.execPath, args, {
    cwd: consumer,
    // In the shared one each run would leave what it compiled, under names that never come again.
    env: { ...process.env, NODE_COMPILE_CACHE: join(folder, "compiled") }
  })

describe("the package", () => {
  it("has the files of its exports and its command, with types, and no tests or tools", () => {
    for (const path of Object.values(manifest.exports)) {
      expect(existsSync(join(installed, path)), path).toBe(true)
      if (path.endsWith(".js"))
        expect(existsSync(join(installed, path.replace(/\.js$/u, ".d.ts"))), path).toBe(true)
    }
    expect(packed.filter((path) => !/^(?:dist|data)\//u.test(path)).toSorted()).toEqual([
      "LICENSE",
      "README.md",
      "package.json"
    ])
    expect(packed.filter((path) => /\.map$|\.test\.|\b(?:test|tools|bench)\//u.test(path))).toEqual(
      []
    )
  })

  it("exports every layer", async () => {
    const folders = await readdir(join(root, "src/layers"))
    // What adapters share among each other.
    const exported = folders.filter((name) => name !== "network")
    expect(Object.keys(manifest.exports)).toEqual(
      expect.arrayContaining(exported.map((name) => `./layers/${name}`))
    )
  })

  it("can be imported by each of its entry points, with its declared dependencies only", async () => {
    const program = `for (const name of ${JSON.stringify(names())})
      console.log(name, Object.keys(await import(name)).length > 0)`
    const { stdout } = await node("--input-type=module", "--eval", program)
    expect(stdout.trim().split("\n")).toEqual(names().map((name) => `${name} true`))
  }, 60_000)

  it("compiles under the strictest TypeScript, with its examples", async () => {
    const everything = join(consumer, "everything.ts")
    const imports = names().map((name, i) => `export * as part${i} from "${name}"`)
    await writeFile(everything, imports.join("\n"))
    const examples = await readdir(join(consumer, "src"))
    expect(examples.length).toBeGreaterThan(3)
    const files = [
      everything,
      ...examples.map((name) => join(consumer, "src", name)),
      ...(await programsIn("README.md")),
      ...(await programsIn("docs/client.md")),
      ...(await programsIn("docs/extending.md"))
    ]
    expect(files.length).toBeGreaterThan(examples.length + 3)
    // Effect's declarations name types of the DOM.
    expect(
      await compile("all", { lib: ["es2024", "dom", "dom.iterable"], types: ["node"] }, files)
    ).toBe("")
  }, 120_000)

  it("has a client for browsers whose types do not need Node", async () => {
    const file = join(consumer, "browser.ts")
    await writeFile(
      file,
      `import { createClient, isProblem, type Order } from "order-processing/client"
       const client = createClient({ url: "" })
       export const place = async (sku: string): Promise<Order | number> => {
         try {
           return await client.placeOrder({ items: [{ sku, quantity: 1 }] })
         } catch (error) {
           if (isProblem(error, "out_of_stock")) return error.problem.items[0]?.available ?? 0
           throw error
         }
       }
       // @ts-expect-error: an order has lines.
       export const wrong = client.placeOrder({})`
    )
    expect(
      await compile("browser", { lib: ["es2024", "dom", "dom.iterable"], types: [] }, [file])
    ).toBe("")
  }, 60_000)

  it("runs an order through the system in the lines of README.md", async () => {
    const { stdout } = await node("src/quickstart.ts")
    expect(stdout).toMatch(
      /^(\w{4}-\w{4}) pending\n\1 confirmed\n\[ 'Your order \1 is confirmed' \]\n$/u
    )
  }, 60_000)

  it("calls a running system with the client as in docs/client.md", async () => {
    const programs = await programsIn("docs/client.md")
    const texts = await Promise.all(programs.map((file) => readFile(file, "utf8")))
    const at = texts.findIndex((text) => text.includes("order-processing/client"))
    const [file = "", text = ""] = [programs[at], texts[at]]
    const dev = program(
      [join(root, "dist/programs/dev.js")],
      { HOST: "127.0.0.1", PORT: "0" },
      folder
    )
    try {
      const [, port] = await dev.said(/API +http:\/\/localhost:(\d+)\/api/u)
      await writeFile(file, text.replace("http://localhost:5000", `http://127.0.0.1:${port}`))
      expect((await node(file)).stdout).toMatch(
        /^kettle 25\n(\w{4}-\w{4}) pending\n\1 confirmed\n$/u
      )
    } finally {
      dev.signal("SIGTERM")
      await dev.ended
    }
  }, 60_000)

  it("stops a queue and advances time as in docs/extending.md", async () => {
    const [file = ""] = await programsIn("docs/extending.md")
    expect((await node(file)).stdout).toMatch(/^confirmed\n\[[\s\S]*is confirmed/u)
  }, 60_000)

  it("has the command for operators", async () => {
    const path = join(installed, manifest.bin["order-processing"] ?? "")
    expect(await readFile(path, "utf8")).toMatch(/^#!\/usr\/bin\/env node\n/u)
    const { stdout } = await node(path, "help", "--no-json")
    expect(stdout).toContain("order-processing COMMAND")
  })
})
