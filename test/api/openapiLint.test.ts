// The OpenAPI document as those who use it judge it: Redocly and Spectral find nothing in it, by all that they recommend,
// but examples, which Redocly alone judges.
import { createRequire } from "node:module"
import { createConfig, lintFromString } from "@redocly/openapi-core"
import { assert, describe, it } from "vitest"
import {
  type Deployment,
  type OpenApiDocument,
  openApiDocument,
  operationsOf
} from "../../src/api/openapi.ts"
import { obtainSpectral } from "../../tools/harness/obtain/spectral.ts"
import { describeWithTool } from "../suite.ts"

const deployments = [
  ["in development", { mailbox: true, openMetrics: true }],
  ["of a deployment", { mailbox: false, openMetrics: false }]
] as const

const document = (deployment: Deployment) => openApiDocument(operationsOf(deployment))

/** Of one path, and without what a reader of it needs. */
const poor = (): OpenApiDocument => {
  const { info, servers: _, paths = {}, ...rest } = document(deployments[1][1])
  const { license: __, ...others } = info
  return { ...rest, info: others, paths: Object.fromEntries(Object.entries(paths).slice(0, 1)) }
}

describe("Redocly", () => {
  const lint = async (value: OpenApiDocument): Promise<ReadonlyArray<string>> => {
    const problems = await lintFromString({
      source: JSON.stringify(value),
      absoluteRef: "/openapi.json",
      config: await createConfig({ extends: ["recommended-strict"] })
    })
    return problems.map(
      ({ ruleId, message, location }) => `${ruleId} ${location[0]?.pointer ?? ""}: ${message}`
    )
  }

  it.each(deployments)("finds nothing in the document %s", async (_, deployment) => {
    assert.deepStrictEqual(await lint(document(deployment)), [])
  })

  it("finds examples that do not fit their schemas", async () => {
    const text = JSON.stringify(document(deployments[1][1]))
    const wrong = text
      .replaceAll('"example":true', '"example":1')
      .replaceAll('"status":409', '"status":"409"')
    const found = (await lint(JSON.parse(wrong))).join("\n")
    assert.include(found, "no-invalid-schema-examples")
    assert.include(found, "no-invalid-media-type-examples")
  })

  it("finds what is missing", async () => {
    const found = (await lint(poor())).join("\n")
    assert.include(found, "info-license")
    assert.include(found, "no-empty-servers")
  })
})

/** Of Spectral's rules those on examples, for which it compiles a schema each: most of its time. */
const judgedByRedocly = { "oas3-valid-media-example": "off", "oas3-valid-schema-example": "off" }

interface Spectral {
  setRuleset(ruleset: object): void
  run(
    document: object
  ): Promise<
    ReadonlyArray<{ readonly code: string; readonly message: string; readonly path: unknown[] }>
  >
}

await describeWithTool("Spectral", obtainSpectral, (from) => {
  const load = createRequire(from)
  const lint = async (value: OpenApiDocument): Promise<ReadonlyArray<string>> => {
    const { Spectral }: { readonly Spectral: new () => Spectral } = load("@stoplight/spectral-core")
    const { oas } = load("@stoplight/spectral-rulesets")
    const spectral = new Spectral()
    spectral.setRuleset({ extends: [[oas, "recommended"]], rules: judgedByRedocly })
    const problems = await spectral.run(JSON.parse(JSON.stringify(value)))
    return problems.map(({ code, message, path }) => `${code} ${path.join("/")}: ${message}`)
  }

  it("finds nothing in a document of all operations", async () => {
    const all = document({ mailbox: true, openMetrics: false })
    assert.deepStrictEqual(await lint(all), [])
  }, 60_000)

  it("finds what is missing", async () => {
    const found = (await lint(poor())).join("\n")
    assert.include(found, "oas3-api-servers")
  }, 60_000)
})
