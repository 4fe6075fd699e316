// The rules for what is in an image notice what they are for: a sound image keeps all, and each fault breaks one.
import { expect, it } from "vitest"
import { checkConfig, checkContents } from "../../../tools/image/contents.ts"
import type { BuiltImage, ImageConfig } from "../../../tools/image/image.ts"

const bundled = Array.from({ length: 25 }, (_, i) => `package-${i}`)
const packages = [...bundled, "@node-rs/argon2", "tinypool"]

const file = (path: string, { bytes = 1000, uid = 0, mode = 0o100644 } = {}) => ({
  ...{ path, bytes, uid, mode }
})

const sound = {
  files: [
    file("dist/programs/api.js"),
    file("dist/programs/api.js.map"),
    file("dist/node_modules/@node-rs/argon2/index.js"),
    file("dist/node_modules/tinypool/index.js")
  ],
  sources: [
    ...Array.from({ length: 600 }, (_, i) => `src/file-${i}.ts`),
    ...bundled.map((name) => `node_modules/${name}/index.js`)
  ],
  licences: packages.map((name) => `${name} 1.0.0: MIT`).join("\n"),
  sbom: {
    bomFormat: "CycloneDX",
    components: packages.map((name) => ({ name, version: "1.0.0" }))
  },
  written: { "dist/x": "EROFS", "/tmp/x": "EROFS" }
}

const config: ImageConfig = {
  User: "1000:1000",
  Cmd: ["node", "dist/programs/api.js"],
  StopSignal: "SIGTERM",
  Healthcheck: { Test: ["CMD", "node", "-e", ""] },
  Labels: Object.fromEntries(
    ["title", "description", "licenses", "revision"].map((name) => [
      `org.opencontainers.image.${name}`,
      "x"
    ])
  )
}

/** An image that tells of itself what it is told to. */
const imageOf = (contents: object, settings = config): BuiltImage => ({
  config: settings,
  run: () => ({
    pid: 0,
    output: () => "",
    stdout: () => JSON.stringify(contents),
    said: () => Promise.reject(new Error("it says nothing")),
    signal: () => undefined,
    ended: Promise.resolve(0)
  })
})

const broken = async (contents: object): Promise<ReadonlyArray<string>> => {
  const checks = await checkContents(imageOf({ ...sound, ...contents }))
  return checks.filter(({ holds }) => !holds).map(({ name }) => name)
}

const withFile = (path: string, options = {}) => ({
  files: [...sound.files, file(path, options)]
})

it("a correct image keeps all rules", async () => {
  expect(await broken({})).toEqual([])
  expect(checkConfig(imageOf(sound)).every(({ holds }) => holds)).toBe(true)
})

it.each([
  ["weighs less than 60 MB over its base", withFile("data/list", { bytes: 60e6 })],
  [
    "has no package but those that can't be bundled",
    { ...withFile("node_modules/package-1/index.js") }
  ],
  [
    "names the licence of every package",
    { licences: sound.licences.replace("package-7 ", "other ") }
  ],
  ["lists every package in its SBOM", { sbom: { ...sound.sbom, components: [] } }],
  [
    "has a source map for every file of code, of sources of this checkout",
    withFile("dist/programs/worker.js")
  ],
  [
    "has a source map for every file of code, of sources of this checkout",
    { sources: [...sound.sources, "../elsewhere.ts"] }
  ],
  ["belongs to root, and no other user may write", withFile("dist/x", { uid: 1000 })],
  ["belongs to root, and no other user may write", withFile("dist/x", { mode: 0o100666 })],
  ["can't write, its root being read-only", { written: { ...sound.written, "/x": "written" } }]
])("an image that breaks a rule is noticed: %s", async (name, fault) => {
  expect(await broken(fault)).toEqual([name])
})

it.each([
  ["runs as a user with a number, not as root", { User: "node" }],
  ["runs as a user with a number, not as root", { User: "0:0" }],
  [
    "starts Node itself, without a shell, and is stopped by SIGTERM",
    { Cmd: ["/bin/sh", "-c", ""] }
  ],
  [
    "has a health check that needs no other program",
    { Healthcheck: { Test: ["CMD-SHELL", "curl"] } }
  ],
  ["has labels", { Labels: {} }]
])("a configuration that breaks a rule is noticed: %s", (name, fault) => {
  const checks = checkConfig(imageOf(sound, { ...config, ...fault }))
  expect(checks.filter(({ holds }) => !holds).map((one) => one.name)).toEqual([name])
})
