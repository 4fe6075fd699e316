// fly.toml against the image and the code: processes, ports, paths, times and memory.
import { describe, expect, it } from "vitest"
import { operationsOf } from "../../src/api/openapi.ts"
import { shutdownSeconds } from "../../src/layers/runtime/GroupCommitBatcher.ts"
import { workerConfig } from "../../src/programs/config/config.ts"
import {
  all,
  configured,
  exists,
  imageCommand,
  knownVariables,
  one,
  programs,
  read
} from "./files.ts"

const fly = read("fly.toml")

/** What stands in a table of the file, up to the next one. */
const tables = (name: string): ReadonlyArray<string> =>
  all(fly, new RegExp(`^ *\\[+${name.replace(".", "\\.")}\\]+\\n((?:(?! *\\[).*\\n)*)`, "gmu"))

const pairsOf = (table = ""): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Array.from(table.matchAll(/^ *(\w+) = "?(.*?)"?$/gmu), ([, name = "", value = ""]) => [
      name,
      value
    ])
  )

const env = pairsOf(tables("env")[0])
const processes = pairsOf(tables("processes")[0])

describe("a process group", () => {
  it("runs a program of the image", () => {
    expect(Object.keys(processes)).toEqual(["api", "worker"])
    for (const command of Object.values(processes)) {
      expect(command).toMatch(/^node /u)
      expect(programs).toContain(command.split(" ").at(-1))
    }
    expect(processes["api"]).toBe(imageCommand.join(" "))
    expect(exists(one(fly, /dockerfile = "(.*)"/u))).toBe(true)
  })

  it("has variables that the programs read", () => {
    expect(Object.keys(env).length).toBeGreaterThan(3)
    expect(Object.keys(env).filter((name) => !knownVariables.has(name))).toEqual([])
  })

  it("has twice the memory of the API's maximum heap", () => {
    const machines = Object.fromEntries(
      tables("\\[vm").map((table) => {
        const { memory = "" } = pairsOf(table)
        const megabytes = Number.parseInt(memory, 10) * (memory.endsWith("gb") ? 1024 : 1)
        return [one(table, /processes = \["(\w+)"\]/u), megabytes]
      })
    )
    const heap = Number(one(processes["api"] ?? "", /--max-old-space-size=(\d+)/u))
    expect(Object.keys(machines)).toEqual(["api", "worker"])
    expect(machines["api"]).toBeGreaterThanOrEqual(2 * heap)
    // What both were measured at under load: docs/performance.md, "Start-up and memory".
    expect(machines["api"]).toBeGreaterThan(2 * 250)
    expect(machines["worker"]).toBeGreaterThanOrEqual(512)
  })
})

describe("a release", () => {
  it("migrates before it replaces any machine", () => {
    expect(fly).toContain('release_command = "node dist/programs/cli.js migrate"')
    expect(read("src/programs/cli/commands.ts")).toContain('words: "migrate"')
    expect(fly).toContain('strategy = "rolling"')
  })
})

describe("a check", () => {
  const apiPaths = operationsOf({ mailbox: false, openMetrics: false }).map(({ path }) => path)
  const [service = ""] = tables("\\[services")
  const [http = ""] = tables("\\[services.http_checks")
  const [worker = ""] = tables("checks.worker")

  it("of the API uses its port and an existing path", () => {
    expect(pairsOf(service)["internal_port"]).toBe(env["PORT"])
    expect(read("Dockerfile")).toMatch(
      new RegExp(`^EXPOSE ${env["PORT"]} ${env["WORKER_PORT"]}$`, "mu")
    )
    expect(apiPaths).toContain(pairsOf(http)["path"])
  })

  it("of the worker uses its port and an existing path", () => {
    const { port, path } = pairsOf(worker)
    expect(port).toBe(env["WORKER_PORT"])
    expect(read("src/worker/health.ts")).toContain(`"${path}",`)
  })
})

describe("a stop", () => {
  const seconds = Number(one(fly, /^kill_timeout = (\d+)$/mu))
  const secondsOf = (file: string, name: string): number =>
    Number(one(read(file), new RegExp(`${name}(?: = Duration\\.seconds\\(|: )(\\d+)`, "u")))

  it("uses the signal that the programs and the image handle", () => {
    expect(fly).toContain('kill_signal = "SIGTERM"')
    expect(read("Dockerfile")).toContain("STOPSIGNAL SIGTERM")
  })

  it("gives the worker time to drain and to close its clients", () => {
    const { config } = configured(workerConfig, {
      ...env,
      MONGO_URI: "mongodb://mongo/orders",
      REDIS_HOST: "redis",
      AWS_SQS_QUEUE_URL: "http://sqs/1/orders",
      SES_SENDER_EMAIL: "orders@example.com"
    })
    expect(seconds).toBeGreaterThanOrEqual(config.worker.drainSeconds + 10)
  })

  it("gives the API the sum of its waits at shutdown", () => {
    const server = "src/http/NodeServer.ts"
    const parts = [
      secondsOf(server, "noticeTime"),
      secondsOf(server, "finishTime"),
      shutdownSeconds,
      secondsOf("src/programs/background.ts", "shutdownSeconds")
    ]
    expect(parts).toEqual([2, 10, 10, 15])
    expect(seconds).toBeGreaterThanOrEqual(parts.reduce((sum, part) => sum + part, 0))
  })
})
