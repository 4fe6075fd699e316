// compose.yaml against the code and the files that it names: every image, port, path and variable, what waits for what,
// and Compose's own parser.
import { execFile } from "node:child_process"
import { join } from "node:path"
import { promisify } from "node:util"
import { Redacted } from "effect"
import { describe, expect, it } from "vitest"
import { parse } from "yaml"
import { apiConfig, cliConfig, workerConfig } from "../../src/programs/config/config.ts"
import { obtainCompose } from "../../tools/harness/obtain/linters.ts"
import { describeWithTool } from "../suite.ts"
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

interface Dependency {
  readonly condition: string
}

interface Service {
  readonly image: string
  readonly build?: { readonly context: string; readonly target?: string }
  readonly command?: ReadonlyArray<string>
  readonly environment?: Readonly<Record<string, string>>
  readonly volumes?: ReadonlyArray<string>
  readonly ports?: ReadonlyArray<string>
  readonly profiles?: ReadonlyArray<string>
  readonly depends_on?: Readonly<Record<string, Dependency>> | ReadonlyArray<string>
  readonly healthcheck?: { readonly test: ReadonlyArray<string> }
  readonly stop_grace_period?: string
  readonly read_only?: boolean
  readonly restart?: string
}

const text = read("compose.yaml")
const compose: { readonly services: Readonly<Record<string, Service>> } = parse(text, {
  merge: true
})
const { services } = compose
const entries = Object.entries(services)
const service = (name: string): Service => {
  const found = services[name]
  if (found === undefined) throw new Error(`compose.yaml has no service ${name}`)
  return found
}

/** A text with `${NAME:-default}` as it is where nothing is set. */
const byDefault = (value: string): string => value.replaceAll(/\$\{\w+:-([^}]*)\}/gu, "$1")

const environmentOf = (name: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(service(name).environment ?? {}).map(([key, value]) => [key, byDefault(value)])
  )

const dependenciesOf = ({ depends_on = {} }: Service): ReadonlyArray<readonly [string, string]> =>
  Array.isArray(depends_on)
    ? depends_on.map((name): [string, string] => [name, "service_started"])
    : Object.entries(depends_on).map(([name, { condition }]): [string, string] => [name, condition])

/** The services that run this project's image. */
const ours = entries.filter(([, { image }]) => image === "order-processing")
const apis = ["api", "api-2"]
const workers = ["worker", "worker-2"]

/** The files of keys, as the service `keys` makes them: 64 characters each. */
const keyFiles = Object.fromEntries(
  all(JSON.stringify(service("keys").command), /\[(\\"access.*?)\]/gu)
    .flatMap((list) => all(list, /(\w+)\\"/gu))
    .map((name) => [`/run/keys/${name}`, name.padEnd(64, "x")])
)

describe("every image", () => {
  it.each(entries)("of %s is built here, or has a version", (_name, { image, build }) => {
    if (build !== undefined) return expect(build.context).toBe(".")
    expect(image).toMatch(/^[\w./-]+:v?\d+\.\d+[\w.-]*(?:@sha256:[0-9a-f]{64})?$/u)
    expect(image).not.toContain("latest")
  })

  it("that is built is a stage of the Dockerfile", () => {
    const targets = entries.flatMap(([, { build }]) => build?.target ?? [])
    expect(targets).toEqual(["inbox"])
    for (const target of targets)
      expect(read("Dockerfile")).toMatch(new RegExp(`AS ${target}$`, "mu"))
  })

  it("of this project has a read-only root file system", () => {
    expect(ours.length).toBeGreaterThan(5)
    for (const [name, { read_only }] of ours) expect(read_only, name).toBe(true)
  })
})

describe("every command", () => {
  it.each(ours)("of %s is a program of the image", (name, { command = imageCommand }) => {
    expect(command[0]).toBe("node")
    const [entry] = command.filter((word) => word.startsWith("dist/"))
    if (name === "keys") expect(entry).toBeUndefined()
    else expect(programs).toContain(entry)
  })

  it.each(["migrate", "seed"])("%s is one of the command line", (name) => {
    expect(service(name).command).toEqual(["node", "dist/programs/cli.js", name])
    expect(read("src/programs/cli/commands.ts")).toContain(`words: "${name}"`)
  })
})

describe("every variable", () => {
  it.each(ours)("of %s is one that the programs read", (_name, { environment = {} }) => {
    expect(Object.keys(environment).filter((name) => !knownVariables.has(name))).toEqual([])
  })

  it("that names a file of keys names one that is created", () => {
    const named = ours.flatMap(([, { environment = {} }]) =>
      Object.entries(environment).flatMap(([name, value]) =>
        name.endsWith("_FILE") ? [value] : []
      )
    )
    expect(Object.keys(keyFiles).length).toBe(4)
    expect(Array.from(new Set(named)).toSorted()).toEqual(Object.keys(keyFiles).toSorted())
  })

  it.each(apis)("of %s makes a complete configuration without warnings", (name) => {
    const { config, warnings } = configured(apiConfig, environmentOf(name), keyFiles)
    expect(warnings).toEqual([])
    expect(config.http.port).toBe(5000)
    expect(config.http.metricsToken).toBeDefined()
    expect(config.traces.endpoint).toBeUndefined()
  })

  it.each(workers)("of %s makes a complete configuration without warnings", (name) => {
    const { config, warnings } = configured(workerConfig, environmentOf(name), keyFiles)
    expect(warnings).toEqual([])
    expect(config.worker.port).toBe(5001)
  })

  it.each(["migrate", "seed"])("of %s makes a complete configuration", (name) => {
    const { config, warnings } = configured(cliConfig, environmentOf(name), keyFiles)
    expect(warnings).toEqual([])
    expect(Redacted.value(config.mongoUri)).toContain("/orders?")
  })
})

describe("every address", () => {
  const environment = environmentOf("api")
  const elasticMq = read("ops/compose/elasticmq.conf")

  it("of MongoDB is the one of the replica set that the health check initiates", () => {
    const uri = new URL(environment["MONGO_URI"] ?? "")
    const { command = [], healthcheck } = service("mongo")
    const script = healthcheck?.test.at(-1) ?? ""
    expect(uri.host).toBe("mongo:27017")
    expect(script).toContain('host: "mongo:27017"')
    const set = uri.searchParams.get("replicaSet") ?? "none"
    expect(script).toContain(`_id: "${set}"`)
    expect(command.join(" ")).toContain(`--replSet ${set}`)
    expect(command.slice(-2)).toEqual(["--setParameter", "transactionLifetimeLimitSeconds=5"])
  })

  it("of Redis is a service on the default port", () => {
    const { config } = configured(apiConfig, environment, keyFiles)
    expect(service(config.redis.host).image).toContain("valkey")
    expect(config.redis.port).toBe(6379)
    expect(service("redis").command?.join(" ")).not.toContain("--port")
  })

  it("of the queues is ElasticMQ's, with a redrive policy that the programs accept", () => {
    const host = one(elasticMq, /^node-address .*host = (\w+)/mu)
    const port = one(elasticMq, /bind-port = (\d+)/u)
    const origin = `http://${host}:${port}`
    const account = one(elasticMq, /accountId = "(\d+)"/u)
    expect(services).toHaveProperty(host)
    expect(environment["AWS_ENDPOINT_URL_SQS"]).toBe(origin)
    expect(environment["AWS_REGION"]).toBe(one(elasticMq, /region = "([\w-]+)"/u))
    const [dead = "", orders = ""] = all(elasticMq, /^ {2}([\w-]+) \{/gmu)
    expect(environment["AWS_SQS_QUEUE_URL"]).toBe(`${origin}/${account}/${orders}`)
    expect(environment["AWS_SQS_DLQ_URL"]).toBe(`${origin}/${account}/${dead}`)
    expect(elasticMq).toContain(`deadLettersQueue { name = ${dead}, maxReceiveCount = 100 }`)
    expect(service(host).healthcheck?.test.at(-1)).toContain(`127.0.0.1:${port}/`)
  })

  it("of SES is the inbox's", () => {
    const port = one(read("tools/inbox/main.ts"), /process\.argv\[2\] \?\? (\d+)/u)
    expect(environment["AWS_ENDPOINT_URL_SES"]).toBe(`http://ses:${port}`)
    expect(service("ses").ports).toEqual([`127.0.0.1:${port}:${port}`])
    expect(service("ses").healthcheck?.test.at(-1)).toContain(`127.0.0.1:${port}/`)
    expect(read("Dockerfile")).toContain(`EXPOSE ${port}`)
  })

  it("of the API is on this machine alone", () => {
    for (const [name, { ports = [] }] of entries)
      for (const port of ports) expect(byDefault(port), name).toMatch(/^127\.0\.0\.1:\d+:\d+$/u)
    expect(service("api").ports?.map(byDefault)).toEqual(["127.0.0.1:5000:5000"])
    expect(read("Dockerfile")).toMatch(/^EXPOSE 5000 5001$/mu)
  })

  it("of the proxy's upstreams is an API's, and the proxy checks readiness", () => {
    const caddyfile = read("ops/compose/Caddyfile")
    expect(one(caddyfile, /reverse_proxy (.*) \{/u).split(" ")).toEqual(
      apis.map((name) => `${name}:${environmentOf(name)["PORT"]}`)
    )
    expect(one(caddyfile, /health_uri (\S+)/u)).toBe("/readyz")
    const listens = one(caddyfile, /^:(\d+) \{/mu)
    expect(service("proxy").ports).toEqual([`127.0.0.1:${listens}:${listens}`])
    // One proxy stands before the API.
    for (const name of apis) expect(environmentOf(name)["TRUST_PROXY"]).toBe("1")
  })

  it("of the collector is the one that it listens on", () => {
    const endpoint = one(read("ops/otel/collector.yaml"), /endpoint: 0\.0\.0\.0:(\d+)/u)
    expect(text).toContain(`http://collector:${endpoint} with the profile`)
  })

  it("that Prometheus scrapes is one of every API and worker", () => {
    interface Scraping {
      readonly rule_files: ReadonlyArray<string>
      readonly scrape_configs: ReadonlyArray<{
        readonly job_name: string
        readonly authorization: { readonly credentials_file: string }
        readonly static_configs: ReadonlyArray<{ readonly targets: ReadonlyArray<string> }>
      }>
    }
    const scraping: Scraping = parse(read("ops/compose/prometheus.yaml"))
    const general: Scraping = parse(read("ops/prometheus/prometheus.yaml"))
    const targets = scraping.scrape_configs.map(({ job_name, static_configs }) => [
      job_name,
      static_configs.flatMap(({ targets }) => targets)
    ])
    expect(targets).toEqual([
      ["order-api", apis.map((name) => `${name}:${environmentOf(name)["PORT"]}`)],
      ["order-worker", workers.map((name) => `${name}:${environmentOf(name)["WORKER_PORT"]}`)]
    ])
    expect(scraping.scrape_configs.map(({ job_name }) => job_name)).toEqual(
      general.scrape_configs.map(({ job_name }) => job_name)
    )
    const mounts = service("prometheus").volumes ?? []
    expect(mounts).toContain("keys:/etc/prometheus/keys:ro")
    for (const { authorization } of scraping.scrape_configs)
      expect(authorization.credentials_file).toBe("/etc/prometheus/keys/metrics")
    for (const file of scraping.rule_files)
      expect(mounts).toContain(`./ops/prometheus/${file}:/etc/prometheus/${file}:ro`)
    const config = mounts.find((mount) => mount.includes("prometheus.yaml"))?.split(":")[1]
    expect(service("prometheus").command).toContain(`--config.file=${config}`)
  })

  it("of Grafana's data source is Prometheus's, and its dashboard is in the folder that it reads", () => {
    const source = read("ops/grafana/provisioning/datasources/prometheus.yaml")
    expect(one(source, /url: http:\/\/([\w:]+)/u)).toBe("prometheus:9090")
    const folder = one(
      read("ops/grafana/provisioning/dashboards/order-processing.yaml"),
      /path: (\S+)/u
    )
    expect(service("grafana").volumes).toContain(
      `./ops/grafana/order-processing.json:${folder}/order-processing.json:ro`
    )
  })
})

describe("every path", () => {
  const mounts = entries.flatMap(([, { volumes = [] }]) => volumes)

  it("that is mounted exists and is read-only", () => {
    const bound = mounts.filter((mount) => mount.startsWith("."))
    expect(bound.length).toBeGreaterThan(5)
    for (const mount of bound) {
      const [path = "", , mode] = mount.split(":")
      expect(exists(path), path).toBe(true)
      expect(mode, mount).toBe("ro")
    }
  })

  it("of keys is written only by the service that creates them", () => {
    const writers = entries.filter(([, { volumes = [] }]) =>
      volumes.some((mount) => mount.startsWith("keys:") && !mount.endsWith(":ro"))
    )
    expect(writers.map(([name]) => name)).toEqual(["keys"])
  })
})

describe("start-up", () => {
  it.each(entries)(
    "%s waits for services that exist and have a health check",
    (_name, definition) => {
      for (const [needed, condition] of dependenciesOf(definition)) {
        const { healthcheck, image, restart } = service(needed)
        if (condition === "service_healthy")
          expect(healthcheck !== undefined || image === "order-processing", needed).toBe(true)
        // What has to end must not be started again.
        if (condition === "service_completed_successfully") expect(restart, needed).toBeUndefined()
      }
    }
  )

  it("creates keys, schema and products before the API and the worker start", () => {
    for (const name of [...apis, ...workers])
      expect(Object.fromEntries(dependenciesOf(service(name)))).toEqual({
        keys: "service_completed_successfully",
        migrate: "service_completed_successfully",
        seed: "service_completed_successfully",
        redis: "service_healthy",
        sqs: "service_healthy",
        ses: "service_healthy"
      })
    expect(Object.fromEntries(dependenciesOf(service("migrate")))).toEqual({
      keys: "service_completed_successfully",
      mongo: "service_healthy"
    })
  })

  it("allows each service the time of its drain to stop", () => {
    for (const name of [...apis, ...workers]) expect(service(name).stop_grace_period).toBe("40s")
    const { config } = configured(workerConfig, environmentOf("worker"), keyFiles)
    expect(config.worker.drainSeconds).toBeLessThan(40)
  })

  it("has more services with the profiles", () => {
    const withProfile = (profile: string) =>
      entries.flatMap(([name, { profiles = [] }]) => (profiles.includes(profile) ? [name] : []))
    expect(withProfile("scale")).toEqual(["api-2", "worker-2", "proxy"])
    expect(withProfile("observability")).toEqual(["collector", "prometheus", "grafana"])
  })
})

await describeWithTool("Compose", obtainCompose, (path) => {
  const root = join(import.meta.dirname, "../..")
  const config = (...args: ReadonlyArray<string>) =>
    promisify(execFile)(path, ["--file", "compose.yaml", ...args], {
      cwd: root,
      // No .env of the project may change what is seen.
      env: { PATH: process.env["PATH"], COMPOSE_DISABLE_ENV_FILE: "1" }
    })

  it("Compose accepts the file, with every profile", async () => {
    const { stdout, stderr } = await config("--profile", "*", "config", "--services")
    expect(stderr).toBe("")
    expect(stdout.trim().split("\n").toSorted()).toEqual(Object.keys(services).toSorted())
  })

  it("Compose starts no more than needed without a profile", async () => {
    const { stdout } = await config("config", "--services")
    expect(stdout.trim().split("\n").toSorted()).toEqual(
      ["api", "keys", "migrate", "mongo", "redis", "seed", "ses", "sqs", "worker"].toSorted()
    )
  })
})
