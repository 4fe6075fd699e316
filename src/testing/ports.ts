// Every port of the system in the memory of one process, for tests of code that uses them.
import { Effect, Layer, Redacted } from "effect"
import type { AppServices } from "../api/context.ts"
import * as Argon2idPortable from "../layers/crypto/Argon2idPortable.ts"
import * as HonoTokenSigner from "../layers/crypto/HonoTokenSigner.ts"
import * as OsloOneTimeCode from "../layers/crypto/OsloOneTimeCode.ts"
import * as RandomIdGenerator from "../layers/crypto/RandomIdGenerator.ts"
import * as FiberBackground from "../layers/runtime/FiberBackground.ts"
import * as TimedReadiness from "../layers/runtime/TimedReadiness.ts"
import * as ZxcvbnBreachedPasswords from "../layers/zxcvbn/ZxcvbnBreachedPasswords.ts"
import * as ZxcvbnPasswordStrength from "../layers/zxcvbn/ZxcvbnPasswordStrength.ts"
import * as embedded from "../programs/embedded.ts"
import type { Mailbox } from "../services/messaging/Mailbox.ts"
import type { OrderBatcher } from "../services/orders/ports/OrderBatcher.ts"

/** What use cases and the worker need, but for the batcher of orders, which is built on these. */
export type Ports = Exclude<AppServices, OrderBatcher> | Mailbox

/** A test is faster than people: limits are as far away as this, unless it is about them. */
export const defaultLimitFactor = 10_000
const mailsPerSecond = 1000

/** Weak on purpose: a test that logs people in is not about how slow a hash is. */
const weakHashing = { memoryKib: 64, passes: 1, parallelism: 1 }
const hashesAtOnce = 64

const secret = (name: string) => [Redacted.make(name.padEnd(32, "."))] as const

const crypto = Layer.mergeAll(
  Argon2idPortable.layer({ parameters: weakHashing, concurrency: hashesAtOnce }),
  ZxcvbnBreachedPasswords.layer,
  ZxcvbnPasswordStrength.layer,
  HonoTokenSigner.layer({ accessSecrets: secret("access"), refreshSecrets: secret("refresh") }),
  OsloOneTimeCode.layer({ secrets: secret("code") }),
  RandomIdGenerator.layer
)

/** `rateLimitFactor`: how much wider limits are than those of a deployment; 10,000 where absent. */
export const ports = ({ rateLimitFactor = defaultLimitFactor } = {}): Layer.Layer<Ports> =>
  Layer.mergeAll(
    embedded.stores,
    embedded.queue,
    embedded.cacheAndLimits({ factor: rateLimitFactor }, mailsPerSecond),
    embedded.mailbox,
    crypto,
    FiberBackground.layer({ shutdownSeconds: 1 }),
    TimedReadiness.layer(Effect.succeed([]))
  )
