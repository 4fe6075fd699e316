// What `npm run dev` does to a database that is not its own, and who can reach it.
import { networkInterfaces } from "node:os"
import { afterEach, describe, expect, it } from "vitest"
import { makeClient } from "../../tools/harness/client.ts"
import { programs, urlOf } from "../../tools/harness/deployment.ts"
import { withDatabase } from "../../tools/harness/mongo.ts"
import { run } from "../../tools/harness/program.ts"
import { describeWith } from "../suite.ts"

const stops: Array<() => Promise<unknown>> = []
afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()))
})

const start = async (env: Readonly<Record<string, string>>) => {
  const program = run(programs.dev, { PORT: "0", LOG_FORMAT: "json", ...env })
  stops.push(async () => {
    program.signal("SIGTERM")
    await program.ended
  })
  const url = await urlOf(program, 60_000)
  await program.said(/Begin with:/u, 60_000)
  return { url, banner: program.output() }
}

/** Addresses of this machine that others, or other programs than those who ask for localhost, may use. */
const otherAddresses = Object.values(networkInterfaces())
  .flatMap((addresses = []) => addresses)
  .filter(({ family, internal }) => family === "IPv4" && !internal)
  .map(({ address }) => address)
  .concat(process.platform === "linux" ? ["127.0.0.2"] : [])

const answers = async (url: string, address: string): Promise<boolean> => {
  const other = new URL("/healthz", url)
  other.hostname = address
  try {
    return (await fetch(other, { signal: AbortSignal.timeout(5000) })).ok
  } catch {
    return false
  }
}

describe("`npm run dev`", () => {
  it("listens on 127.0.0.1 alone, creates an admin with a known address in its own database, and prints the password", async () => {
    const { url, banner } = await start({})
    expect(await answers(url, "127.0.0.1")).toBe(true)
    const reached = await Promise.all(otherAddresses.map((address) => answers(url, address)))
    expect(reached).toEqual(otherAddresses.map(() => false))
    const [, password = ""] = banner.match(/Admin +admin@example\.com \/ (\S+)/u) ?? []
    const login = { email: "admin@example.com", password }
    expect((await makeClient(url).post("/api/auth/login", login)).status).toBe(200)
  }, 60_000)

  it("listens on HOST", async () => {
    const { url } = await start({ HOST: "0.0.0.0" })
    const reached = await Promise.all(otherAddresses.map((address) => answers(url, address)))
    expect(reached).toEqual(otherAddresses.map(() => true))
  }, 60_000)
})

describeWith(["mongo"], "`npm run dev` on a MongoDB that is configured", ({ mongo }) => {
  const email = "chief@example.com"
  const password = "a chief's own password"

  it.each([
    ["neither variable", {}],
    ["an address alone", { DEV_ADMIN_EMAIL: email }],
    ["a password alone", { DEV_ADMIN_PASSWORD: password }]
  ])(
    "creates no admin with %s, and says so",
    async (_, env) => {
      const { url, banner } = await start({ MONGO_URI: withDatabase(mongo.uri), ...env })
      expect(banner).toContain("Admin    none was made in this database: set DEV_ADMIN_EMAIL and")
      const { post } = makeClient(url)
      for (const address of ["admin@example.com", email])
        expect((await post("/api/auth/login", { email: address, password })).status).toBe(401)
    },
    60_000
  )

  it("creates the admin of both variables", async () => {
    const { url, banner } = await start({
      MONGO_URI: withDatabase(mongo.uri),
      DEV_ADMIN_EMAIL: email,
      DEV_ADMIN_PASSWORD: password
    })
    expect(banner).toContain(`Admin    ${email} /`)
    const { status, body } = await makeClient(url).post("/api/auth/login", { email, password })
    expect([status, body.user.role]).toEqual([200, "admin"])
  }, 60_000)
})
