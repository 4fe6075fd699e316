// The program for edge hosts on workerd, the runtime of Cloudflare Workers, bundled as it would be deployed there.
import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
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

const config = `
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "api", worker = .api)],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "api")]
);
const api :Workerd.Worker = (
  modules = [(name = "edge.js", esModule = embed "edge.js")],
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

export interface Workerd {
  readonly origin: string
  readonly admin: { readonly email: string; readonly password: string }
  readonly pid: number
  /** Of the process, by `performance.now()`: its bundle is made before. */
  readonly startedAt: number
  readonly bundle: Uint8Array
  readonly stop: () => Promise<void>
}

export const startWorkerd = async (): Promise<Workerd> => {
  const directory = await mkdtemp(join(tmpdir(), "order-processing-"))
  const outfile = join(directory, "edge.js")
  await build({
    entryPoints: ["src/programs/edge.ts"],
    bundle: true,
    platform: "browser",
    format: "esm",
    target: "es2024",
    outfile
  })
  await writeFile(join(directory, "config.capnp"), config)
  const startedAt = performance.now()
  const child = spawn(binary, ["serve", "--control-fd=3", join(directory, "config.capnp")], {
    stdio: ["ignore", "ignore", "inherit", "pipe"]
  })
  const exited = once(child, "exit")
  return {
    origin: `http://127.0.0.1:${await portFrom(child.stdio[3] as Readable)}`,
    admin,
    pid: child.pid ?? 0,
    startedAt,
    bundle: await readFile(outfile),
    stop: async () => {
      child.kill("SIGTERM")
      await exited
      await rm(directory, { recursive: true })
    }
  }
}
