// The audit of dependencies, by the real npm, against a registry that answers as it is told.
import { execFile } from "node:child_process"
import { once } from "node:events"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { createServer } from "node:http"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, it } from "vitest"

const script = join(import.meta.dirname, "../.ci/audit.ts")
const folder = await mkdtemp(join(tmpdir(), "ci-audit-"))
const packages = {
  "": {
    name: "app",
    version: "1.0.0",
    dependencies: { shipped: "1.0.0" },
    devDependencies: { tool: "1.0.0" }
  },
  "node_modules/shipped": { version: "1.0.0", license: "MIT" },
  "node_modules/tool": { version: "1.0.0", dev: true, license: "MIT" }
}
await writeFile(join(folder, "package.json"), JSON.stringify(packages[""]))
await writeFile(
  join(folder, "package-lock.json"),
  JSON.stringify({ name: "app", lockfileVersion: 3, requires: true, packages })
)

interface Registry {
  readonly advisories: number | Readonly<Record<string, unknown>>
}

let registry: Registry = { advisories: 500 }
const asked: Array<string> = []
const server = createServer((request, response) => {
  asked.push(`${request.method} ${request.url}`)
  const { advisories } = registry
  response.setHeader("content-type", "application/json")
  if (request.method !== "POST") {
    const name = request.url?.slice(1)
    const versions = Object.fromEntries(
      ["1.0.0", "2.0.0"].map((version) => [version, { name, version, dist: {} }])
    )
    response.end(JSON.stringify({ name, "dist-tags": { latest: "2.0.0" }, versions }))
  } else if (typeof advisories === "number") response.writeHead(advisories).end("{}")
  else response.end(JSON.stringify(advisories))
})
await once(server.listen(0, "127.0.0.1"), "listening")
const address = server.address()
if (address === null || typeof address === "string") throw new Error("the registry has no port")
const url = `http://127.0.0.1:${address.port}`

afterAll(async () => {
  server.close()
  await rm(folder, { recursive: true })
})

const audit = async (advisories: Registry["advisories"], env: Record<string, string> = {}) => {
  registry = { advisories }
  asked.length = 0
  // npm remembers what an advisory meant.
  const cache = await mkdtemp(join(folder, "cache-"))
  return new Promise<{ readonly code: number | null; readonly output: string }>((resolve) => {
    const options = {
      cwd: folder,
      env: {
        PATH: process.env["PATH"],
        HOME: folder,
        npm_config_registry: url,
        npm_config_cache: cache,
        npm_config_fetch_retries: "0",
        npm_config_update_notifier: "false",
        ...env
      }
    }
    const child = execFile(process.execPath, [script], options, (_error, stdout, stderr) =>
      resolve({ code: child.exitCode, output: stdout + stderr })
    )
  })
}

const advisory = (severity: string) => [
  {
    id: 1,
    url: "https://github.com/advisories/GHSA-test",
    title: "Lets strangers in",
    severity,
    vulnerable_versions: "<2.0.0",
    cwe: [],
    cvss: { score: 5, vectorString: null }
  }
]

describe("the audit", () => {
  it("passes without known vulnerabilities, and has checked both scopes", async () => {
    const { code, output } = await audit({})
    expect({ code, output }).toEqual({
      code: 0,
      output:
        "Audited (shipped, from moderate on): no known vulnerability.\n" +
        "Audited (all, from high on): no known vulnerability.\n"
    })
    expect(asked).toEqual(Array(2).fill("POST /-/npm/v1/security/advisories/bulk"))
  })

  it.each([
    ["shipped", "moderate"],
    ["tool", "high"]
  ])("of a %s package with a %s vulnerability fails", async (name, severity) => {
    const { code, output } = await audit({ [name]: advisory(severity) })
    expect(code, output).toBe(1)
    expect(output).toContain("VULNERABLE")
    expect(output).toContain(
      `  ${severity}: ${name} 1.0.0: Lets strangers in (https://github.com/advisories/GHSA-test)`
    )
  })

  it("of a shipped package with a low and a tool with a moderate one passes", async () => {
    const { code, output } = await audit({ shipped: advisory("low"), tool: advisory("moderate") })
    expect(code, output).toBe(0)
  })

  it.each([404, 405])("warns that a registry has no advisories (%i)", async (status) => {
    const { code, output } = await audit(status)
    expect(code).toBe(0)
    expect(output).toBe(
      `NOT AUDITED: this registry has no advisories (${status} for ${url}/-/npm/v1/security/advisories/bulk). Audit where there is one.\n`
    )
    expect((await audit(status, { AUDIT: "required" })).code).toBe(1)
  })

  it.each([401, 500])(
    "fails when a registry has advisories but does not return them (%i)",
    async (status) => {
      const { code, output } = await audit(status)
      expect(code).toBe(1)
      expect(output).toContain("NOT AUDITED (shipped, from moderate on): npm audit failed: ")
    }
  )

  it("fails without a registry", async () => {
    const { code, output } = await audit({}, { npm_config_registry: "http://127.0.0.1:1" })
    expect(code).toBe(1)
    expect(output).toContain("npm audit failed")
  })
}, 60_000)
