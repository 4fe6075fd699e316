// How soon the API answers on a runtime, and the memory that it has then: each a median of some starts.
import { startLambda } from "../harness/lambda.ts"
import { residentMb } from "../harness/memory.ts"
import type { Runtime } from "../harness/runtimes.ts"
import { ascending, quantile } from "../harness/statistics.ts"
import { type Services, startSystem } from "../harness/system.ts"
import { startWorkerd } from "../harness/workerd.ts"
import { programSize, type Size, sizeOf } from "./bundle.ts"

export interface Measured {
  /** From the start of the process to the first answer. */
  readonly startMillis: number
  /** After `reads` answers. */
  readonly residentMb: number | undefined
  readonly bundle: Size
}

const median = (values: ReadonlyArray<number>): number => quantile(ascending(values), 0.5)

const starts = 3
const reads = 200

interface Started {
  readonly pid: number
  /** Where it is not the time of the call. */
  readonly startedAt?: number
  /** Throws where the answer is no 200. */
  readonly read: (path: string) => Promise<void>
  readonly stop: () => Promise<void>
}

const overHttp =
  (origin: string): Started["read"] =>
  async (path) => {
    const answer = await fetch(`${origin}${path}`)
    await answer.arrayBuffer()
    if (answer.status !== 200) throw new Error(`${path} was answered ${answer.status}`)
  }

const measure = async (bundle: Size, start: () => Promise<Started>): Promise<Measured> => {
  const runs: Array<{ readonly millis: number; readonly mb: number | undefined }> = []
  for (let i = 0; i < starts; i += 1) {
    const called = performance.now()
    const { pid, startedAt = called, read, stop } = await start()
    await read("/healthz")
    const millis = performance.now() - startedAt
    for (let n = 0; n < reads; n += 1) await read("/api/products")
    runs.push({ millis, mb: residentMb(pid) })
    await stop()
  }
  const memory = runs.flatMap(({ mb }) => (mb === undefined ? [] : [mb]))
  return {
    startMillis: median(runs.map(({ millis }) => millis)),
    residentMb: memory.length === 0 ? undefined : median(memory),
    bundle
  }
}

/** The API as built, on real services. */
export const measureRuntime = async (runtime: Runtime, services: Services): Promise<Measured> => {
  const system = await startSystem(services, {}, runtime)
  try {
    return await measure(programSize("dist/programs/api.js"), async () => {
      const { program, url } = await system.startApi()
      return {
        pid: program.pid,
        read: overHttp(url),
        stop: async () => {
          program.signal("SIGKILL")
          await program.ended
        }
      }
    })
  } finally {
    await system.stop()
  }
}

/** What a function URL hands over for a GET. */
const eventOf = (path: string) => ({
  version: "2.0",
  rawPath: path,
  rawQueryString: "",
  headers: { host: "example.lambda-url.us-east-1.on.aws" },
  requestContext: {
    domainName: "example.lambda-url.us-east-1.on.aws",
    http: { method: "GET", path, protocol: "HTTP/1.1", sourceIp: "192.0.2.1", userAgent: "agent" }
  },
  isBase64Encoded: false
})

export const measureLambda = async (services: Services): Promise<Measured> => {
  const system = await startSystem(services)
  try {
    return await measure(programSize("dist/programs/lambda.js"), async () => {
      const { pid, invoke, stop } = startLambda(system.env)
      const read: Started["read"] = async (path) => {
        const answer = (await invoke("api", eventOf(path))) as { readonly statusCode: number }
        if (answer.statusCode !== 200) throw new Error(`${path} was answered ${answer.statusCode}`)
      }
      return { pid, read, stop }
    })
  } finally {
    await system.stop()
  }
}

/** On embedded layers. */
export const measureWorkerd = async (): Promise<Measured> => {
  const { bundle, stop } = await startWorkerd()
  await stop()
  return measure(sizeOf([bundle]), async () => {
    const { pid, startedAt, origin, stop } = await startWorkerd()
    return { pid, startedAt, read: overHttp(origin), stop }
  })
}
