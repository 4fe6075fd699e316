// wrangler.jsonc deploys what the suite runs on workerd.
import { describe, expect, it } from "vitest"
import { exists, knownVariables, one, read } from "./files.ts"

const config = JSON.parse(read("wrangler.jsonc").replace(/^\s*\/\/.*$/gmu, ""))
const harness = read("tools/harness/workerd.ts")

describe("wrangler.jsonc", () => {
  it("has the program and the compatibility date of the suite on workerd", () => {
    expect(exists(config.main)).toBe(true)
    expect(one(harness, /entryPoints: \["(.*?)"\]/u)).toBe(config.main)
    expect(one(harness, /compatibilityDate = "(.*?)"/u)).toBe(config.compatibility_date)
  })

  it("sets only variables that the program reads", () => {
    const named = read("wrangler.jsonc").match(/\b[A-Z]+_[A-Z_]+\b/gu) ?? []
    expect(named).toContain("JWT_SECRET")
    expect(named.filter((name) => !knownVariables.has(name))).toEqual([])
  })
})
