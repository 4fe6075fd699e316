// Programs on workerd, the runtime of Cloudflare Workers, and the project's own for edge hosts among them.
import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import type { Readable } from "node:stream"
import { build } from "esbuild"

const admin = { email: "admin@example.com", password: "an admin's password" }

const bindings = {
  ACCESS_TOKEN_SECRET: "access".padEnd(32, "."),
  REFRESH_TOKEN_SECRET: "refresh".padEnd(32, "."),
  JWT_SECRET: "code".padEnd(32, "."),
  DEV_ADMIN_EMAIL: admin.email,
  DEV_ADMIN_PASSWORD: admin.password,
  RATE_LIMIT_FACTOR: "10000"
}

interface Worker {
  /** By their file names, which imports name; the first one is the program. */
  readonly modules: Readonly<Record<string, string | Uint8Array>>
  readonly bindings?: Readonly<Record<string, string>>
  /** Whether it may ask what listens on this machine; workerd lets a program ask public addresses alone. */
  readonly reachesThisMachine?: boolean
}

const configOf = ({ modules, bindings = {}, reachesThisMachine = false }: Worker): string => `
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "program", worker = .program),
    (name = "internet", network = (allow = [${reachesThisMachine ? '"public", "local"' : '"public"'}]))
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "program")]
);
const program :Workerd.Worker = (
  modules = [${Object.keys(modules)
    .map((name) => `(name = "${name}", esModule = embed "${name}")`)
    .join(", ")}],
  compatibilityDate = "2025-11-01",
  bindings = [${Object.entries(bindings)
    .map(([name, text]) => `(name = "${name}", text = ${JSON.stringify(text)})`)
    .join(", ")}]
);
`

/** The package's own answer: its `bin` is a shim where install scripts may not run. */
const binary: string = createRequire(import.meta.url)("workerd").default

/** The port, which workerd tells on a descriptor of its own once it listens. */
const portFrom = async (control: Readable): Promise<number> => {
  for await (const line of createInterface({ input: control })) {
    const event = JSON.parse(line)
    if (event.event === "listen" && event.socket === "http") return event.port
  }
  throw new Error("workerd ended before it listened")
}

interface Served extends AsyncDisposable {
  readonly origin: string
  readonly pid: number
  /** Of the process, by `performance.now()`. */
  readonly startedAt: number
}

/** A worker on a port of this machine. */
export const serveOnWorkerd = async (worker: Worker): Promise<Served> => {
  const directory = await mkdtemp(join(tmpdir(), "order-processing-"))
  for (const [name, content] of Object.entries(worker.modules))
    await writeFile(join(directory, name), content)
  await writeFile(join(directory, "config.capnp"), configOf(worker))
  const startedAt = performance.now()
  const child = spawn(binary, ["serve", "--control-fd=3", join(directory, "config.capnp")], {
    stdio: ["ignore", "ignore", "inherit", "pipe"]
  })
  const exited = once(child, "exit")
  return {
    origin: `http://127.0.0.1:${await portFrom(child.stdio[3] as Readable)}`,
    pid: child.pid ?? 0,
    startedAt,
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGTERM")
      await exited
      await rm(directory, { recursive: true })
    }
  }
}

export interface Workerd extends Pick<Served, "origin" | "pid" | "startedAt"> {
  readonly admin: { readonly email: string; readonly password: string }
  readonly bundle: Uint8Array
  readonly stop: () => Promise<void>
}

const recommended = /memoryKib: 19456,\s+passes: 2,/u

/** The same program, that hashes passwords forty times faster. */
const withWeakHashes = (program: string): string => {
  if (!recommended.test(program)) throw new Error("passwords are hashed in another way")
  return program.replace(recommended, "memoryKib: 1024, passes: 1,")
}

/**
 * The program for edge hosts, bundled as it would be deployed; with `weak` hashes for suites that log in hundreds of
 * times, since each hash takes 300 ms there.
 */
export const startWorkerd = async ({
  hashes = "as deployed"
}: {
  readonly hashes?: "as deployed" | "weak"
} = {}): Promise<Workerd> => {
  const { outputFiles } = await build({
    entryPoints: ["src/programs/edge.ts"],
    bundle: true,
    platform: "browser",
    format: "esm",
    target: "es2024",
    write: false
  })
  const bundle = Buffer.concat(outputFiles.map(({ contents }) => contents))
  const program = hashes === "weak" ? withWeakHashes(bundle.toString()) : bundle
  const served = await serveOnWorkerd({ modules: { "edge.js": program }, bindings })
  const stop = async (): Promise<void> => served[Symbol.asyncDispose]()
  return { ...served, admin, bundle, stop }
}
