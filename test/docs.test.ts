// The documents say what is: links, scripts, tests, examples and what `npm run docs` writes are compared with the
// project, and the journey is run exactly as it is printed.
import { execFile } from "node:child_process"
import { existsSync, globSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join, resolve } from "node:path"
import { promisify } from "node:util"
import { describe, expect, it } from "vitest"
import { generated } from "../tools/docs/generated.ts"
import { run } from "../tools/harness/program.ts"

const root = join(import.meta.dirname, "..")
const read = (path: string): string => readFileSync(join(root, path), "utf8")
const markdownIn = (folder: string): ReadonlyArray<string> =>
  readdirSync(join(root, folder))
    .filter((name) => name.endsWith(".md"))
    .map((name) => join(folder, name))

const documents = [".", ".github", "docs", "docs/decisions"].flatMap(markdownIn)

const matches = (text: string, pattern: RegExp): ReadonlyArray<string> =>
  Array.from(text.matchAll(pattern), ([, group = ""]) => group)

/** What stands under a heading of the second level. */
const section = (document: string, title: string): string => {
  const found = read(document)
    .split(/^## /mu)
    .find((part) => part.startsWith(`${title}\n`))
  if (found === undefined) throw new Error(`${document} has no section "${title}"`)
  return found
}

/** The rows of the table that has these columns first, cell by cell. */
const table = (document: string, title: string, ...columns: ReadonlyArray<string>) => {
  const head = new RegExp(`^\\| ${columns.join(" +\\| ")} +\\|.*\\n.*\\n((?:\\|.*\\n)+)`, "mu")
  const [, rows] = head.exec(section(document, title)) ?? []
  if (rows === undefined) throw new Error(`no table under "${title}" has the columns ${columns}`)
  return rows
    .trim()
    .split("\n")
    .map((row) =>
      row
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim())
    )
}

const code = (cell: string | undefined): ReadonlyArray<string> => matches(cell ?? "", /`([^`]+)`/gu)

/** The code blocks of a section in one language. */
const blocks = (document: string, title: string, language: string): ReadonlyArray<string> =>
  matches(section(document, title), new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, "gmu"))

const slugs = (markdown: string): ReadonlyArray<string> =>
  matches(markdown, /^#+ (.+)$/gmu).map((title) =>
    title
      .toLowerCase()
      .replace(/[^\w\- ]/gu, "")
      .replaceAll(" ", "-")
  )

describe.each(documents)("%s", (document) => {
  const text = read(document)

  it("has no link that leads nowhere", () => {
    const links = matches(text.replace(/^```[\s\S]*?^```/gmu, ""), /\]\(([^)\s]+)\)/gu)
    const dead = links.filter((link) => {
      if (/^[a-z]+:/u.test(link)) return false
      const [path = "", anchor] = link.split("#")
      const target = path === "" ? join(root, document) : resolve(root, dirname(document), path)
      if (!existsSync(target)) return true
      return anchor !== undefined && !slugs(readFileSync(target, "utf8")).includes(anchor)
    })
    expect(dead).toEqual([])
  })

  it("names only npm scripts that exist", () => {
    const { scripts } = JSON.parse(read("package.json"))
    const named = matches(text, /\bnpm (?:run )?((?<=run )[\w:-]+|test|start)\b/gu)
    expect(named.filter((name) => !(name in scripts))).toEqual([])
  })

  it("names only tests that exist", () => {
    const named = matches(text, /npx vitest run([^`\n]*)/gu).flatMap((rest) =>
      matches(rest, /(test\/\S+)/gu)
    )
    expect(named.filter((path) => !existsSync(join(root, path)))).toEqual([])
  })
})

it.each(generated())("$name says what the code says: else, npm run docs", ({ found, expected }) => {
  expect(found).toBe(expected)
})

it("every npm script is in commands.md", () => {
  const { scripts } = JSON.parse(read("package.json"))
  const named = table("docs/commands.md", "Scripts", "command", "does").flatMap(([commands]) =>
    matches(commands ?? "", /\bnpm (?:run )?([\w:-]+)/gu)
  )
  expect([...new Set(named)].toSorted()).toEqual(
    Object.keys(scripts)
      .filter((name) => name !== "prepack")
      .toSorted()
  )
})

describe("a guarantee", () => {
  const rows = table("docs/architecture.md", "Guarantees", "guarantee", "limit", "shown by")

  const testFiles = globSync("test/**/*.test.ts", { cwd: root })

  it("has a row", () => expect(rows.length).toBeGreaterThan(5))

  it.each(rows)("has a command that finds its tests: %s", (_guarantee, _limit, shownBy) => {
    const filters = code(shownBy)
      .filter((command) => command.startsWith("npx vitest run "))
      .flatMap((command) => matches(command, /(test\/\S+)/gu))
    expect(filters.length).toBeGreaterThan(0)
    // As Vitest does, which runs each file whose path has the filter in it.
    const idle = filters.filter((filter) => !testFiles.some((file) => file.includes(filter)))
    expect(idle).toEqual([])
  })
})

it("the packages of architecture.md are imported by the files that it names", () => {
  const imported = table("docs/architecture.md", "Packages", "package", "used for").map(
    ([packages, use]) => {
      const files = matches(use ?? "", /\]\(\.\.\/(src\/[^)]+)\)/gu)
      const any = new RegExp(`from "(?:${code(packages).join("|")})["/]`, "u")
      return { packages, missing: files.filter((file) => !any.test(read(file))) }
    }
  )
  expect(imported.length).toBeGreaterThan(10)
  expect(imported.filter(({ missing }) => missing.length > 0)).toEqual([])
})

it("the examples are those that are tested", () => {
  expect(blocks("docs/development.md", "Your own layers", "ts")).toEqual([
    read("test/example.test.ts")
  ])
  expect(blocks("README.md", "In your own tests", "ts")).toEqual([read("examples/quickstart.ts")])
})

/** Runs bash, and gives what it wrote and the status of every request that curl made. */
const bash = async (script: string) => {
  // A function, so that the script itself stays as it is printed.
  const recorder =
    "curl() { command curl -w '%{stderr}%{http_code} %{method} %{url_effective}\\n' \"$@\"; }"
  const { stdout, stderr } = await promisify(execFile)("bash", ["-c", `${recorder}\n${script}`], {
    timeout: 20_000
  })
  return { stdout, requests: stderr.trim().split("\n") }
}

it("the journey of README.md ends as it says when it is run as printed", async () => {
  const folder = mkdtempSync(join(tmpdir(), "journey-"))
  // Another working directory: a .env of the project must not change what is shown.
  const system = run([join(root, "src/programs/dev.ts")], { HOST: "127.0.0.1", PORT: "0" }, folder)
  try {
    const [, port] = await system.said(/API +http:\/\/localhost:(\d+)\/api/u)
    const origin = `http://127.0.0.1:${port}`
    const printed = blocks("README.md", "The journey in curl", "bash").join("")
    expect(printed).toContain("url=http://localhost:5000\n")
    const { stdout, requests } = await bash(printed.replace("http://localhost:5000", origin))

    const [number = ""] = matches(stdout, /Your order (\w{4}-\w{4}) is confirmed/gu)
    const [id = ""] = matches(stdout, new RegExp(`"id":"(\\w{32})","number":"${number}"`, "gu"))
    expect(id, stdout).not.toBe("")
    const steps = requests.map((line) =>
      line.replace(origin, "").replace(id, ":id").replace(number, ":number")
    )
    // Polls repeat themselves.
    expect(steps.filter((step, i) => step !== steps[i - 1])).toEqual([
      "202 POST /api/auth/register",
      "200 GET /dev/mailbox.json",
      "200 POST /api/auth/verify-otp",
      "200 POST /api/auth/login",
      "200 GET /api/products",
      "201 POST /api/orders",
      "200 GET /api/products/kettle",
      "200 GET /api/orders/:id",
      "200 GET /dev/mailbox.json",
      "200 GET /api/orders/:number",
      "200 POST /api/orders/:id/cancel",
      "200 GET /api/products/kettle"
    ])
    expect(stdout).toMatch(/^x-cache: hit\r?$/imu)
    expect(stdout).toContain('"status":"confirmed"')
    expect(stdout).toContain('"status":"cancelled"')
    const kettles = matches(stdout, /^\{"sku":"kettle".*"available":(\d+)[,}].*$/gmu).map(Number)
    expect(kettles).toEqual([23, 25])
  } finally {
    system.signal("SIGTERM")
    await system.ended
    rmSync(folder, { recursive: true })
  }
}, 60_000)
