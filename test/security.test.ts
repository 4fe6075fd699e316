// docs/security.md answers for every requirement, and what it says is so: tests that it names exist and hold
// what it quotes, nothing is called met without one, and its inventories are complete.
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { auditKinds } from "../src/services/audit/AuditEvent.ts"
import { requirements } from "./asvs.ts"

const root = join(import.meta.dirname, "..")
const read = (path: string): string => readFileSync(join(root, path), "utf8")
const document = read("docs/security.md")

const verdicts = ["met", "argued", "not applicable"] as const
type Verdict = (typeof verdicts)[number]

const isVerdict = (cell: string): cell is Verdict =>
  (verdicts as ReadonlyArray<string>).includes(cell)

interface Row {
  readonly name: string
  readonly verdict: Verdict
  readonly how: string
}

/** Every row that judges: what is required, the verdict, and last why. */
const rows: ReadonlyArray<Row> = document.split("\n").flatMap((line) => {
  const cells = line.startsWith("| ") ? line.split("|").map((cell) => cell.trim()) : []
  const [, name = ""] = cells
  const verdict = cells.find(isVerdict)
  return verdict === undefined ? [] : [{ name, verdict, how: cells.at(-2) ?? "" }]
})

const asvs = rows.filter(({ name }) => /^\d+\.\d+\.\d+ /u.test(name))

/** What stands under a heading of the second level. */
const section = (title: string): string => {
  const found = document.split(/^## /mu).find((part) => part.startsWith(`${title}\n`))
  if (found === undefined) throw new Error(`docs/security.md has no section "${title}"`)
  return found
}

/** A test as it is named: its path, and texts of it that are quoted. */
const named = Array.from(
  document.matchAll(/`((?:test|tools)\/[^`]+)`((?:,? (?:and )?"[^"]+")*)/gu),
  ([, path = "", quotes = ""]) => ({
    path,
    quotes: Array.from(quotes.matchAll(/"([^"]+)"/gu), ([, quote = ""]) => quote)
  })
)

describe("the requirements", () => {
  it("are all in the document, each once and at its level", () => {
    const all = Object.entries(requirements).flatMap(([level, numbers]) =>
      numbers.map((number) => `${number} ${level}`)
    )
    expect(asvs.map(({ name }) => name).toSorted()).toEqual(all.toSorted())
  })

  it("have the counts of their verdicts", () => {
    const count = (wanted: Verdict) => asvs.filter(({ verdict }) => verdict === wanted).length
    expect(document).toContain(
      `Of these ${asvs.length}, ${count("met")} are met, ${count("argued")} argued and ${count("not applicable")} not applicable.`
    )
  })

  it("are called met only with a test or a command", () => {
    const shown = /`(?:test\/|npm run |npx vitest run )/u
    const claimed = rows.filter(({ verdict, how }) => verdict === "met" && !shown.test(how))
    expect(claimed.map(({ name }) => name)).toEqual([])
  })
})

describe("a test that is named", () => {
  it("exists", () => {
    expect(named.length).toBeGreaterThan(100)
    expect(named.filter(({ path }) => !existsSync(join(root, path)))).toEqual([])
  })

  it("contains the quoted titles", () => {
    const wrong = named.flatMap(({ path, quotes }) =>
      quotes.filter((quote) => !read(path).includes(quote)).map((quote) => `${path}: ${quote}`)
    )
    expect(wrong).toEqual([])
  })
})

/** Files of `src` that match, by their path in the document's links. */
const sources = (pattern: RegExp): ReadonlyArray<string> =>
  readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" })
    .filter((path) => /\.tsx?$/u.test(path) && pattern.test(read(join("src", path))))
    .map((path) => `../src/${path}`)

it("the table of audit events has every kind once, with its limit", () => {
  const kinds = section("Audit events")
    .split("\n")
    .filter((line) => line.startsWith("| `"))
    .map((row) => row.split("|").map((cell) => cell.trim()))
    .filter(([, , by, bound]) => by !== "" && bound !== "")
    .flatMap(([, named = ""]) => Array.from(named.matchAll(/`([a-z_]+)`/gu), ([, kind]) => kind))
  expect(kinds.toSorted()).toEqual(auditKinds.toSorted())
})

describe("the inventory", () => {
  const missing = (title: string, files: ReadonlyArray<string>) =>
    files.filter((file) => !section(title).includes(`](${file})`))

  it("of algorithms names every file that uses or creates secrets", () => {
    const computing =
      /from "(?:@oslojs\/crypto\/[a-z]|node:crypto|hono\/jwt|@node-rs\/argon2|@noble\/hashes)|timingSafeEqual|getRandomValues|crypto\.(?:subtle|randomUUID)/u
    const files = sources(computing)
    expect(files.length).toBeGreaterThan(5)
    expect(missing("Keys and algorithms", files)).toEqual([])
  })

  it("of connections names every file that opens one", () => {
    const opening =
      /\bnew (?:Redis|S[QE]SClient)\(|\bcreateConnection\(|(?<![.\w])fetch\((?!location)|\bFetchHttpClient\.layer\b/u
    const files = sources(opening).filter((file) => !file.startsWith("../src/programs/demo/"))
    expect(files.length).toBeGreaterThan(4)
    expect(missing("Connections", files)).toEqual([])
  })
})

it("only programs on embedded parts create an account with a known name", () => {
  const made = sources(/\bensureAdmin\(/u)
  expect(made.toSorted()).toEqual(["../src/programs/devSystem.ts", "../src/programs/edge.ts"])
})
