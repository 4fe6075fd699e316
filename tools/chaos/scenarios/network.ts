// The network between the system and one of its dependencies: slow, broken, or silent.
import type { ServiceProxy, Toxic } from "../../harness/toxiproxy.ts"
import type { Scenario } from "../scenario.ts"
import type { Proxies } from "../services.ts"
import type { Stage } from "../stage.ts"
import { pause, rounds } from "./rounds.ts"

type Dependency = keyof Proxies

const names = { mongo: "MongoDB", redis: "Redis", sqs: "SQS", ses: "SES" } as const

/**
 * Milliseconds in each direction: slow, and within every deadline but that of Redis (100 ms), so that a
 * slow network is no excuse for a second mail.
 */
const latency = { mongo: 40, redis: 150, sqs: 600, ses: 1200 } as const

const reset: Toxic = { type: "reset_peer", attributes: { timeout: 0 } }
const blackHole: Toxic = { type: "timeout", attributes: { timeout: 0 } }

const onAll = async (
  proxies: ReadonlyArray<ServiceProxy>,
  act: (proxy: ServiceProxy) => Promise<void>
): Promise<void> => {
  await Promise.all(proxies.map(act))
}

/** A mail's outcome is learnt from SES and recorded in MongoDB; nothing else can keep it unrecorded. */
const whileAway = async (
  { interruptions, cluster }: Stage,
  dependency: Dependency,
  what: string,
  act: () => Promise<void>
): Promise<void> => {
  if (dependency === "redis" || dependency === "sqs") return act()
  await interruptions.during(`${what} on ${names[dependency]}`, async () => {
    await act()
    if (dependency === "mongo") await cluster.untilWritable()
  })
}

const slow = (dependency: Dependency): Scenario => ({
  name: `${dependency}-latency`,
  about: `${latency[dependency]} ms more to ${names[dependency]} and as much back`,
  touchesRedis: dependency === "redis",
  run: async (stage) => {
    const proxies = stage.proxies[dependency]
    const attributes = { latency: latency[dependency], jitter: Math.round(latency[dependency] / 4) }
    await onAll(proxies, (proxy) => proxy.add({ type: "latency", attributes }))
    await pause(stage, stage.seconds, stage.seconds)
    await onAll(proxies, (proxy) => proxy.clean())
  }
})

/** A burst of resets: no connection from before is left. */
export async function breakConnections(stage: Stage, dependency: Dependency): Promise<void> {
  const proxies = stage.proxies[dependency]
  await onAll(proxies, (proxy) => proxy.add(reset))
  await pause(stage, 0.3, 1.5)
  await onAll(proxies, (proxy) => proxy.clean())
}

const resetting = (dependency: Dependency): Scenario => ({
  name: `${dependency}-reset`,
  about: `connections to ${names[dependency]} are reset, in bursts`,
  touchesRedis: dependency === "redis",
  run: (stage) =>
    rounds(stage, async () => {
      await whileAway(stage, dependency, "reset", () => breakConnections(stage, dependency))
      await pause(stage, 0.5, 2)
    })
})

const silent = (dependency: Dependency): Scenario => ({
  name: `${dependency}-black-hole`,
  about: `connections to ${names[dependency]} stay open and nothing passes`,
  touchesRedis: dependency === "redis",
  run: (stage) =>
    whileAway(stage, dependency, "black hole", async () => {
      const proxies = stage.proxies[dependency]
      await onAll(proxies, (proxy) => proxy.add(blackHole))
      await pause(stage, stage.seconds, stage.seconds)
      await onAll(proxies, (proxy) => proxy.clean())
    })
})

const dependencies: ReadonlyArray<Dependency> = ["mongo", "redis", "sqs", "ses"]

export const network: ReadonlyArray<Scenario> = dependencies.flatMap((dependency) => [
  slow(dependency),
  resetting(dependency),
  silent(dependency)
])
