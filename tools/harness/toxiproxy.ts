// Toxiproxy between a program and a service of the tests: it delays, resets and swallows what passes,
// refuses connections, and heals, while both ends keep running.

import { rename } from "node:fs/promises"
import { join } from "node:path"
import { freePort, startKept } from "./kept.ts"
import { cached, hostSystem, intoCache } from "./obtain/cache.ts"
import { execute, type Found, obtain, onPath, type Source, which } from "./obtain/obtain.ts"
import type { Service } from "./service.ts"

const version = "v2.5.0"

export interface Toxic {
  /** `timeout` with 0 is a black hole: connections stay open and nothing passes. */
  readonly type: "latency" | "reset_peer" | "timeout"
  readonly attributes: Readonly<Record<string, number>>
}

export interface ServiceProxy {
  readonly name: string
  /** Where it listens on 127.0.0.1. */
  readonly port: number
  /** On both directions, for connections that are open too. */
  readonly add: (toxic: Toxic) => Promise<void>
  /** Takes away every toxic. */
  readonly clean: () => Promise<void>
  /** Disabled: connections are closed and new ones refused. */
  readonly enable: (enabled: boolean) => Promise<void>
}

export interface ToxiproxyService extends Service<{ readonly api: string }> {
  readonly proxy: (name: string, upstreamPort: number) => Promise<ServiceProxy>
}

export function obtainToxiproxy(): Promise<Found> {
  const entry = `toxiproxy-${version}-${hostSystem}`
  return obtain("toxiproxy", [
    named("TEST_TOXIPROXY"),
    onPath("toxiproxy-server"),
    cached(`${entry}/toxiproxy-server`),
    { from: "go install", find: async () => join(await intoCache(entry, goInstall), binary) }
  ])
}

export async function startToxiproxy(): Promise<ToxiproxyService> {
  const { path, from } = await obtainToxiproxy()
  const node = await startKept({
    name: "toxiproxy",
    program: (_dir, port) => ({
      command: path,
      args: ["-host", "127.0.0.1", "-port", String(port)],
      ready: "Starting (Toxiproxy )?HTTP server"
    })
  })
  const api = `http://127.0.0.1:${node.port}`
  return {
    address: { api },
    from,
    stop: node.stop,
    proxy: async (name, upstreamPort) => {
      const port = await freePort()
      const upstream = `127.0.0.1:${upstreamPort}`
      const listen = `127.0.0.1:${port}`
      await ask(api, "POST", "/proxies", { name, listen, upstream, enabled: true })
      return proxyOf(api, { name, listen, upstream }, port)
    }
  }
}

const binary = "toxiproxy-server"

function named(variable: string): Source {
  return {
    from: variable,
    find: () => {
      const path = process.env[variable]
      return path ? Promise.resolve(path) : Promise.reject(new Error("not set"))
    }
  }
}

async function goInstall(dir: string): Promise<void> {
  const go = await which("go")
  const env = { ...process.env, GOBIN: dir }
  await execute(go, ["install", `github.com/Shopify/toxiproxy/v2/cmd/server@${version}`], { env })
  await rename(join(dir, "server"), join(dir, binary))
}

interface Definition {
  readonly name: string
  readonly listen: string
  readonly upstream: string
}

const streams = ["upstream", "downstream"] as const

function proxyOf(api: string, definition: Definition, port: number): ServiceProxy {
  const { name } = definition
  const path = `/proxies/${name}`
  let toxics: ReadonlyArray<string> = []
  const clean = async (): Promise<void> => {
    await Promise.all(toxics.map((toxic) => ask(api, "DELETE", `${path}/toxics/${toxic}`)))
    toxics = []
  }
  return {
    name,
    port,
    clean,
    add: async ({ type, attributes }) => {
      const added = streams.map((stream) => ({ name: `${type}-${stream}`, type, stream }))
      await Promise.all(
        added.map((toxic) => ask(api, "POST", `${path}/toxics`, { ...toxic, attributes }))
      )
      toxics = [...toxics, ...added.map((toxic) => toxic.name)]
    },
    enable: async (enabled) => {
      await ask(api, "POST", path, { ...definition, enabled })
    }
  }
}

async function ask(api: string, method: string, path: string, body?: object): Promise<void> {
  const response = await fetch(new URL(path, api), {
    method,
    // Removing a toxic waits for what passes; one that waits for ever must not do so silently.
    signal: AbortSignal.timeout(15_000),
    ...(body && { body: JSON.stringify(body) })
  })
  if (!response.ok) throw new Error(`toxiproxy ${method} ${path}: ${await response.text()}`)
}
