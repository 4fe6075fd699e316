// The embedded system at the limits of the contract, behind one proxy, on a clock that the test moves: what the
// headers tell is exact.
import { TestClock } from "effect/testing"
import type { AppOptions } from "../../src/api/app.ts"
import { parseTrustProxy } from "../../src/api/clientAddress.ts"
import { embedded } from "./embedded.ts"
import { connect } from "./target.ts"
import { openWorld } from "./world.ts"

export interface LimitedOptions {
  /** Multiplies the limits. */
  readonly factor?: number
  /** As `TRUST_PROXY`. */
  readonly trust?: string
  readonly app?: Partial<AppOptions>
}

export const open = async ({ factor = 1, trust = "1", app = {} }: LimitedOptions = {}) => {
  const trustProxy = parseTrustProxy(trust)
  if (trustProxy === undefined) throw new Error(`${trust} is refused`)
  const system = await embedded({
    rateLimitFactor: factor,
    override: TestClock.layer(),
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
