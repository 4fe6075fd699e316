// A suite that needs services of the run (global-setup.ts). Where one could not be had, on a developer's
// laptop, the suite is left out and says so in one line; in CI the run has failed before.

import { afterAll, beforeAll, describe, inject, it, type ProvidedContext } from "vitest"
import {
  obtainElasticMq,
  obtainJava,
  obtainRedisVersion,
  type RedisVersion,
  redisVersions
} from "../tools/harness/obtain/binaries.ts"
import { obtainBrowser } from "../tools/harness/obtain/browser.ts"
import { type Found, mayLeaveOut } from "../tools/harness/obtain/obtain.ts"
import { obtainRuntime, type RuntimeName } from "../tools/harness/obtain/runtimes.ts"
import type { SqsAddress } from "../tools/harness/queues.ts"
import { openRuntime, type Runtime } from "../tools/harness/runtimes.ts"
import { type SqsService, startElasticMq } from "../tools/harness/sqs.ts"
import type { Provided } from "./globalSetup.ts"

type Name = "mongo" | "redis" | "sqs" | "ses"
type Addresses<N extends Name> = {
  readonly [K in N]: ProvidedContext[K] extends Provided<infer Address> ? Address : never
}

export function describeWith<const N extends Name>(
  names: ReadonlyArray<N>,
  title: string,
  body: (addresses: Addresses<N>) => void,
  { concurrent = false } = {}
): void {
  const provided = names.map((name) => [name, provision(name)] as const)
  const missing = provided.filter(([, service]) => "unavailable" in service).map(([name]) => name)
  if (missing.length > 0) {
    leaveOut(title, missing.join(", "))
    return
  }
  const entries = provided.map(([name, service]) => [
    name,
    "address" in service ? service.address : undefined
  ])
  describe(title, { concurrent }, () => body(Object.fromEntries(entries)))
}

/** ElasticMQ takes seconds to start, so a run has it for one suite only. */
export async function describeWithElasticMq(
  title: string,
  body: (sqs: () => SqsAddress) => void,
  { concurrent = false } = {}
): Promise<void> {
  if (!(await isObtainable(title, () => Promise.all([obtainJava(), obtainElasticMq()])))) return
  describe(title, { concurrent }, () => {
    let service: SqsService | undefined
    beforeAll(async () => {
      service = await startElasticMq()
    })
    afterAll(() => service?.stop())
    body(() => {
      if (!service) throw new Error("ElasticMQ runs inside tests only")
      return service.address
    })
  })
}

/** A suite that runs a tool, which is at `path`. */
export async function describeWithTool(
  title: string,
  obtain: () => Promise<Found>,
  body: (path: string) => void
): Promise<void> {
  if (!(await isObtainable(title, obtain))) return
  const { path } = await obtain()
  describe(title, () => body(path))
}

/** `browser`: the path of a Chromium. */
export async function describeWithBrowser(
  title: string,
  body: (browser: string) => void,
  { concurrent = false } = {}
): Promise<void> {
  const isThere = await isObtainable(title, obtainBrowser)
  if (isThere) describe(title, { concurrent }, async () => body((await obtainBrowser()).path))
}

/** A suite on a runtime other than the one that runs the tests. */
export async function describeWithRuntime(
  name: RuntimeName,
  title: string,
  body: (runtime: Runtime) => void,
  { concurrent = false } = {}
): Promise<void> {
  if (!(await isObtainable(title, () => obtainRuntime(name)))) return
  const runtime = await openRuntime(name)
  describe(title, { concurrent }, () => body(runtime))
}

/**
 * A suite for each of the servers that word their errors in another way. Its tests start those that they need, and run
 * concurrently where they are `concurrent`.
 */
export async function describeWithRedisVersions(
  title: string,
  body: (version: RedisVersion) => void,
  { concurrent = false } = {}
): Promise<void> {
  for (const version of redisVersions) {
    const titled = `${title}: ${version}`
    if (await isObtainable(titled, () => obtainRedisVersion(version)))
      describe(titled, { concurrent }, () => body(version))
  }
}

/** Leaves the suite out where it is not. */
async function isObtainable(title: string, obtain: () => Promise<unknown>): Promise<boolean> {
  try {
    await obtain()
    return true
  } catch (error) {
    if (!mayLeaveOut(error)) throw error
    leaveOut(title, error.missing)
    return false
  }
}

/** Says that a suite is left out, and leaves a skipped test in its place. */
export function leaveOut(title: string, missing: string): void {
  process.stderr.write(
    `LEFT OUT: "${title}": this machine lacks ${missing} (npm run obtain says why)\n`
  )
  describe(title, () => it.skipIf(true)(`lacks ${missing}`, () => undefined))
}

function provision(name: Name): ProvidedContext[Name] {
  const provided: ProvidedContext[Name] | undefined = inject(name)
  if (!provided) throw new Error("vitest's globalSetup has to name test/globalSetup.ts")
  return provided
}
