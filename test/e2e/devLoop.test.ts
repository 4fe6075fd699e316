// `npm run dev` begins anew after an edit, and `npm run dev:live` keeps its data: seen on a copy of the sources.
import { appendFile, cp, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest"
import { makeClient, successOf } from "../../tools/harness/client.ts"
import { type Program, run } from "../../tools/harness/program.ts"
import { until } from "../../tools/harness/until.ts"
import { describeWith } from "../suite.ts"

const root = resolve(import.meta.dirname, "../..")
const edited = "src/programs/dev.ts"

let copy: string
beforeAll(async () => {
  copy = await mkdtemp(join(tmpdir(), "dev-"))
  for (const folder of ["src", "tools", "package.json"])
    await cp(join(root, folder), join(copy, folder), { recursive: true })
  for (const folder of ["node_modules", "data"])
    await symlink(join(root, folder), join(copy, folder))
})
afterAll(() => rm(copy, { recursive: true }))

const started: Array<Program> = []
afterEach(async () => {
  for (const program of started.splice(0)) {
    program.signal("SIGTERM")
    await program.ended
  }
})

const dev = (env: Readonly<Record<string, string>>, ...args: ReadonlyArray<string>): Program => {
  // In the shared one each run would leave what this copy compiled, under a name that never comes again.
  const compiled = { NODE_COMPILE_CACHE: join(copy, "compiled") }
  const program = run(
    [join(copy, "tools/dev/main.ts"), ...args],
    { ...compiled, PORT: "0", ...env },
    copy
  )
  started.push(program)
  return program
}

/** The addresses of the systems that a loop has begun, the latest last. */
const urlsOf = ({ output }: Program): ReadonlyArray<string> =>
  Array.from(output().matchAll(/API +(http:\/\/localhost:\d+)\/api/gu), ([, url = ""]) => url)

/** That of the nth system. */
const nthUrl = async (program: Program, nth: number): Promise<string> => {
  await program.said(new RegExp(`(?:[\\s\\S]*?Begin with:){${nth}}`, "u"), 60_000)
  return urlsOf(program)[nth - 1] ?? ""
}

const answers = (url: string): Promise<boolean> =>
  fetch(`${url}/healthz`).then(
    ({ ok }) => ok,
    () => false
  )

describe("`npm run dev`", () => {
  it("restarts after an edit, waits for a repair, and stops at Ctrl-C with 0, together with its system", async () => {
    const original = await readFile(join(copy, edited), "utf8")
    const program = dev({})
    const first = await nthUrl(program, 1)
    expect(program.output()).toContain("Data     in memory: it ends with this process")
    expect(await answers(first)).toBe(true)

    await appendFile(join(copy, edited), "// an edit\n")
    const second = await nthUrl(program, 2)
    expect(program.output()).toContain(`${edited} was edited: beginning anew`)
    expect(await answers(second)).toBe(true)
    expect(await answers(first)).toBe(false)

    await writeFile(join(copy, edited), 'throw new Error("broken")\n')
    await program.said(/it ended with 1: waiting for an edit/u, 60_000)
    expect(await answers(second)).toBe(false)
    await writeFile(join(copy, edited), original)
    const third = await nthUrl(program, 3)
    expect(await answers(third)).toBe(true)

    program.signal("SIGINT")
    expect(await program.ended).toBe(0)
    expect(await answers(third)).toBe(false)
  }, 180_000)

  it("exits with the code of a system that does not start", async () => {
    const program = dev({ PORT: "http" })
    expect(await program.ended).toBe(78)
    expect(program.output()).toContain("PORT is malformed")
  }, 60_000)

  it("leaves no system behind when it is killed", async () => {
    const program = dev({})
    const url = await nthUrl(program, 1)
    program.signal("SIGKILL")
    expect(await program.ended).toBe("SIGKILL")
    await until(
      "the system has ended",
      () => answers(url),
      (alive) => !alive
    )
  }, 60_000)

  it("refuses unknown arguments", async () => {
    const program = dev({}, "--data", "elsewhere")
    expect(await program.ended).toBe(2)
    expect(program.output()).toContain("Usage: npm run dev")
  }, 60_000)
})

describeWith(["mongo", "redis"], "`npm run dev:live`", () => {
  it("keeps data, logins and the admin from one start to the next", async () => {
    const data = join(copy, "kept")
    const begin = async () => {
      const program = dev({}, "--live", "--data", data)
      const url = await nthUrl(program, 1)
      expect(program.output()).toContain("database MongoDB, cache Redis, queue embedded")
      expect(program.output()).toContain("Data     kept in MongoDB")
      return { program, url }
    }
    const end = async ({ program, url }: Awaited<ReturnType<typeof begin>>) => {
      program.signal("SIGTERM")
      expect(await program.ended).toBe(0)
      expect(await answers(url)).toBe(false)
    }
    const first = await begin()
    const secrets = JSON.parse(await readFile(join(data, "secrets.json"), "utf8"))
    const login = { email: secrets.DEV_ADMIN_EMAIL, password: secrets.DEV_ADMIN_PASSWORD }
    const { accessToken } = successOf(
      "the login",
      await makeClient(first.url).post("/api/auth/login", login)
    )
    const product = { name: "Kept", unitPrice: 100, currency: "EUR" }
    await makeClient(first.url, accessToken).put("/api/products/kept", product)
    await end(first)

    const second = await begin()
    const client = makeClient(second.url, accessToken)
    expect((await client.get("/api/products/kept")).body).toMatchObject(product)
    expect((await client.get("/api/auth/me")).status).toBe(200)
    expect((await client.post("/api/auth/login", login)).status).toBe(200)
    await end(second)
  }, 240_000)
})
