// The embedded system at the limits of the contract, behind one proxy, on a clock that the test moves: what the
// headers tell is exact.
import { Layer } from "effect"
import { TestClock } from "effect/testing"
import type { AppOptions } from "../../src/api/app.ts"
import { parseTrustProxy } from "../../src/api/clientAddress.ts"
import * as SettledClientLimit from "../../src/layers/runtime/SettledClientLimit.ts"
import { memoryClientCounts } from "../fakes/memoryClientCounts.ts"
import { embedded } from "./embedded.ts"
import { connect } from "./target.ts"
import { openWorld } from "./world.ts"

export interface LimitedOptions {
  /** Multiplies the limits. */
  readonly factor?: number
  /** As `TRUST_PROXY`. */
  readonly trust?: string
  /** Whether the client's limit is counted as `npm start` counts it. */
  readonly settled?: boolean
  readonly app?: Partial<AppOptions>
}

export const open = async (options: LimitedOptions = {}) => {
  const { factor = 1, trust = "1", settled = false, app = {} } = options
  const trustProxy = parseTrustProxy(trust)
  if (trustProxy === undefined) throw new Error(`${trust} is refused`)
  const system = await embedded({
    rateLimitFactor: factor,
    override: (settled
      ? SettledClientLimit.layer({ factor }).pipe(Layer.provide(memoryClientCounts({ factor })))
      : Layer.empty
    ).pipe(Layer.provideMerge(TestClock.layer())),
    app: { trustProxy, ...app }
  })
  return {
    system,
    client: () => connect(system),
    world: () => openWorld(system),
    pass: (seconds: number) => system.run(TestClock.adjust(seconds * 1000)),
    [Symbol.asyncDispose]: () => system[Symbol.asyncDispose]()
  }
}
