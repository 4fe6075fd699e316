// What a deployer sees at start: every configuration mistake in one error, with its remedy, and no secret.
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { programs, urlOf } from "../../tools/harness/deployment.ts"
import { startStandaloneMongo, withDatabase } from "../../tools/harness/mongo.ts"
import { type Program, run } from "../../tools/harness/program.ts"
import { describeWith } from "../suite.ts"

const complete = {
  MONGO_URI: "mongodb://user:hunter2@127.0.0.1:1/orders",
  REDIS_HOST: "127.0.0.1",
  REDIS_PORT: "1",
  AWS_REGION: "eu-central-1",
  AWS_SQS_QUEUE_URL: "http://127.0.0.1:1/000000000000/orders",
  SES_SENDER_EMAIL: "orders@example.com",
  ACCESS_TOKEN_SECRET: "canary-access-".repeat(4),
  REFRESH_TOKEN_SECRET: "canary-refresh-".repeat(4),
  JWT_SECRET: "canary-code-".repeat(4),
  PORT: "0",
  WORKER_PORT: "0",
  HOST: "127.0.0.1"
}

const canaries = ["hunter2", "canary-"]
const { api, cli, worker } = programs

const outcome = async (args: ReadonlyArray<string>, env: Record<string, string>, cwd?: string) => {
  const program = run(args, env, cwd)
  return { code: await program.ended, output: program.output() }
}

describe("npm start", { concurrent: true }, () => {
  it("names every missing variable in one error and exits with 78", async () => {
    const { code, output } = await outcome(api, {})
    expect(code).toBe(78)
    for (const name of [
      "MONGO_URI",
      "REDIS_HOST",
      "AWS_SQS_QUEUE_URL",
      "SES_SENDER_EMAIL",
      "ACCESS_TOKEN_SECRET",
      "REFRESH_TOKEN_SECRET",
      "JWT_SECRET"
    ])
      expect(output).toContain(`${name} is missing`)
    expect(output).toContain("openssl rand")
  })

  it("names every malformed variable and what it should be, and nothing else", async () => {
    const malformed = {
      PORT: "http",
      MONGO_URI: "localhost:27017",
      REDIS_PORT: "65536",
      JWT_SECRET: "canary-short",
      TRUST_PROXY: "yes",
      HIBP_URL: "api.pwnedpasswords.com",
      SMS_COUNTRY_CODES: "+49,+0",
      LOG_LEVEL: "loud"
    }
    const { code, output } = await outcome(api, { ...complete, ...malformed })
    expect(code).toBe(78)
    const names = Object.keys(malformed)
    for (const name of names)
      expect(output).toMatch(new RegExp(`${name} is malformed: it should be \\w+`))
    expect(output.match(/is malformed|is missing/g)).toHaveLength(names.length)
    for (const canary of canaries) expect(output).not.toContain(canary)
  })

  it("refuses the same secret for two purposes", async () => {
    const { code, output } = await outcome(api, {
      ...complete,
      JWT_SECRET: complete.ACCESS_TOKEN_SECRET
    })
    expect(code).toBe(78)
    expect(output).toContain("JWT_SECRET")
    expect(output).not.toContain("canary-")
  })

  it("names the AWS region when it is not configured", async () => {
    const { code, output } = await outcome(api, { ...complete, AWS_REGION: "" })
    expect(code).toBe(78)
    expect(output).toContain("AWS_REGION is missing")
  })

  it("refuses a FIFO queue and says what to create instead, as the worker does", async () => {
    const AWS_SQS_QUEUE_URL = `${complete.AWS_SQS_QUEUE_URL}.fifo`
    for (const args of [api, worker]) {
      const { code, output } = await outcome(args, { ...complete, AWS_SQS_QUEUE_URL })
      expect(code).toBe(78)
      expect(output).toContain("make a standard queue")
    }
  })

  it("says how to make a standalone MongoDB a replica set, and exits with 78", async () => {
    const mongo = await startStandaloneMongo()
    try {
      const { code, output } = await outcome(api, { ...complete, MONGO_URI: mongo.address.uri })
      expect(code).toBe(78)
      expect(output).toContain("--replSet")
      expect(output).toContain("rs.initiate()")
    } finally {
      await mongo.stop()
    }
  })

  it("reads .env with priority for the environment, and secrets from files, and names files that can't be read", async () => {
    const folder = await mkdtemp(join(tmpdir(), "orders-"))
    try {
      const { JWT_SECRET, MONGO_URI, PORT, REDIS_PORT, ...rest } = complete
      const secret = join(folder, "jwt")
      await writeFile(secret, `${JWT_SECRET}\n`)
      const lines = [`MONGO_URI=${MONGO_URI}`, "PORT=from-file", "REDIS_PORT=from-file", ""]
      // A byte order mark, as Windows writes it.
      await writeFile(join(folder, ".env"), `\uFEFF${lines.join("\r\n")}`)
      const files = { JWT_SECRET_FILE: secret, METRICS_TOKEN_FILE: join(folder, "none") }
      const { code, output } = await outcome(api, { ...rest, PORT, ...files }, folder)
      expect(code).toBe(78)
      expect(output).toContain("REDIS_PORT is malformed")
      expect(output).toContain("METRICS_TOKEN_FILE can't be read: it should be the path of a file")
      expect(output.match(/is malformed|is missing|can't be read/g)).toHaveLength(2)
      for (const canary of canaries) expect(output).not.toContain(canary)
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})

/** Ends as it should, without having printed a secret. */
const end = async (program: Program) => {
  program.signal("SIGTERM")
  expect(await program.ended).toBe(0)
  for (const canary of canaries) expect(program.output()).not.toContain(canary)
}

const expectAliveNotReady = async (url: string) => {
  expect((await fetch(`${url}/healthz`)).status).toBe(200)
  const ready = await fetch(`${url}/readyz`)
  expect(ready.status).toBe(503)
  expect(await ready.text()).toContain("mongo")
}

describe("npm start without its dependencies", () => {
  let folder: string
  let program: Program
  let url: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "compiled-"))
    // Node writes a file for each module that it compiled.
    program = run(api, { ...complete, NODE_COMPILE_CACHE: folder })
    url = await urlOf(program)
  })
  afterAll(() => rm(folder, { recursive: true }))

  it("has no routes of development, and no metrics without a token", async () => {
    const ask = async (path: string) => (await fetch(`${url}${path}`)).status
    for (const path of [
      ...["/dev/mailbox", "/dev/mailbox.json", "/.env", "/.git/config"],
      ...["/package.json", "/dist", "/dist/docs/scalar.js", "/docs/architecture.md"]
    ])
      expect(await ask(path), path).toBe(404)
    expect(await ask("/metrics")).toBe(401)
    const document = await (await fetch(`${url}/openapi.json`)).json()
    expect(Object.keys(document.paths).filter((path) => path.startsWith("/dev"))).toEqual([])
  })

  it("is alive and not ready, prints no secret, and loads few files, those for passwords only when they are needed", async () => {
    await expectAliveNotReady(url)
    await end(program)
    const compiled = await readdir(folder, { recursive: true })
    expect(compiled.length).toBeGreaterThan(3)
    expect(compiled.length).toBeLessThan(50)
  })
})

describeWith(["mongo"], "a MongoDB that refuses the password", ({ mongo }) => {
  const MONGO_URI = withDatabase(mongo.uri).replace("://", "://user:hunter2@")

  it.concurrent.each([
    ["npm start", api],
    ["npm run worker", worker],
    ["npm run cli -- migrate", [...cli, "migrate"]],
    ["npm run cli -- dead-letters list", [...cli, "dead-letters", "list"]]
  ])("makes %s exit with 78, with the variable's name and without its value", async (_, args) => {
    const { code, output } = await outcome(args, { ...complete, MONGO_URI })
    expect(code).toBe(78)
    expect(output).toMatch(/^MongoDB refuses the user name and password of MONGO_URI\./m)
    for (const canary of canaries) expect(output).not.toContain(canary)
  })
})

describe("npm run worker", () => {
  it("names its missing variables, without token secrets", async () => {
    const { code, output } = await outcome(worker, {})
    expect(code).toBe(78)
    for (const name of ["MONGO_URI", "REDIS_HOST", "AWS_SQS_QUEUE_URL", "SES_SENDER_EMAIL"])
      expect(output).toContain(`${name} is missing`)
    expect(output).not.toContain("TOKEN_SECRET")
  })
  it("runs without its dependencies: alive, not ready, and printing no secret", async () => {
    const program = run(worker, complete)
    await expectAliveNotReady(await urlOf(program))
    await end(program)
  })
})
