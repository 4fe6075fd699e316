// What a deployment is built from: the image, its host's configuration and the build's own pipeline
// leave no door open without a need.
import { spawn } from "node:child_process"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { text } from "node:stream/consumers"
import { describe, expect, it } from "vitest"

const read = (path: string): string => readFileSync(join(import.meta.dirname, "..", path), "utf8")
const all = (content: string, pattern: RegExp): ReadonlyArray<string> =>
  Array.from(content.matchAll(pattern), ([, group = ""]) => group)
const lines = (path: string): ReadonlyArray<string> =>
  read(path)
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"))

describe("the image", () => {
  const dockerfile = read("Dockerfile")

  it("is built only from listed files, without secrets, history or local builds", () => {
    const [everything, ...admitted] = lines(".dockerignore")
    expect(everything).toBe("*")
    expect(admitted.toSorted()).toEqual([
      "!LICENSE",
      "!build.ts",
      "!data",
      "!package-lock.json",
      "!package.json",
      "!sbom.ts",
      "!src",
      "!tools/inbox",
      "!tools/scalar",
      "!tsconfig.json"
    ])
  })

  it("runs without root, in production mode, on an exact Node version", () => {
    expect(new Set(all(dockerfile, /^USER (.+)$/gmu))).toEqual(new Set(["1000:1000"]))
    expect(dockerfile).toMatch(/^ENV NODE_ENV=production/mu)
    const { node } = JSON.parse(read("package.json")).devDependencies
    // By digest too: a tag can be moved to another image.
    expect(all(dockerfile, /^FROM (\S+:\S+)/gmu)).toEqual([
      expect.stringMatching(
        new RegExp(`^node:${node.replaceAll(".", "\\.")}-[\\w-]+@sha256:[0-9a-f]{64}$`, "u")
      )
    ])
    expect(all(dockerfile, /^RUN.* npm (ci.*)$/gmu)).toEqual(["ci --ignore-scripts"])
  })

  it("only copies files in its last stage, from this checkout and the build stage", () => {
    const last = dockerfile.split(/^FROM /mu).at(-1) ?? ""
    expect(all(last, /^(RUN|ADD)\b/gmu)).toEqual([])
    expect(all(last, /^COPY (.+)$/gmu)).toEqual([
      "LICENSE package.json ./",
      "--from=build /app/dist dist",
      "data data"
    ])
  })

  it("opens no debugger on a signal", async () => {
    const [options = ""] = all(dockerfile, /NODE_OPTIONS=(\S+)/gu)
    // That nothing comes of it can only be waited for; without the option it takes some milliseconds.
    const script = `
      process.kill(process.pid, "SIGUSR1")
      setTimeout(() => console.log(require("node:inspector").url()), 1000)`
    const node = spawn(process.execPath, ["-e", script], { env: { NODE_OPTIONS: options } })
    expect(await Promise.all([text(node.stdout), text(node.stderr)])).toEqual(["undefined\n", ""])
  })
})

describe("fly.toml", () => {
  const fly = read("fly.toml")

  it("opens only the TLS port, and neither answers nor redirects plain HTTP", () => {
    expect(all(fly, /^\s*port = (\d+)$/gmu)).toEqual(["443", "5001"])
    expect(fly).toContain('handlers = ["tls", "http"]')
    expect(fly).not.toMatch(/force_https|\[http_service\]/u)
    expect(all(fly, /versions = \[(.*?)\]/gu)).toEqual(['"TLSv1.2", "TLSv1.3"'])
  })

  it("runs the API with the heap that was measured, as the image and npm start do", () => {
    const flags = "--max-semi-space-size=16 --max-old-space-size=512"
    const [inFly = ""] = all(fly, /^ {2}api = "node (.*) dist\/programs\/api\.js"$/gmu)
    const [inImage = ""] = all(
      read("Dockerfile"),
      /^CMD \["node", (.*), "dist\/programs\/api\.js"\]$/gmu
    )
    expect(inFly).toBe(flags)
    expect(inImage.replaceAll(/[",]/gu, "")).toBe(flags)
    expect(read("package.json")).toContain(`${flags} dist/programs/api.js`)
  })

  it("holds no secret", () => {
    expect(fly).not.toMatch(/^\s*\w*(?:SECRET|PASSWORD|TOKEN|URI)\w* *=/mu)
  })
})

describe("the pipeline", () => {
  const workflow = read(".github/workflows/ci.yml")

  it("checks every week for new vulnerabilities, and fails without a result", () => {
    expect(workflow).toMatch(/^ {2}schedule:\n {4}- cron: "\d+ \d+ \* \* [0-6]"$/mu)
    expect(workflow).toContain("AUDIT: required")
    expect(read(".ci/run")).toMatch(/^npm run --silent audit \|\| status=/mu)
  })
})
