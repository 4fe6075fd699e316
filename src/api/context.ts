// What the parts of the API share: the services they may use, and what a request carries.
import type { Effect, Exit, ManagedRuntime } from "effect"
import type { Context } from "hono"
import type { AccountStore } from "../services/accounts/ports/AccountStore.ts"
import type { BreachedPasswords } from "../services/accounts/ports/BreachedPasswords.ts"
import type { OneTimeCode } from "../services/accounts/ports/OneTimeCode.ts"
import type { PasswordHasher } from "../services/accounts/ports/PasswordHasher.ts"
import type { PasswordStrength } from "../services/accounts/ports/PasswordStrength.ts"
import type { SessionStore } from "../services/accounts/ports/SessionStore.ts"
import type { TokenSigner } from "../services/accounts/ports/TokenSigner.ts"
import type { VerificationStore } from "../services/accounts/ports/VerificationStore.ts"
import type { AuditLog } from "../services/audit/AuditLog.ts"
import type { Mailer } from "../services/messaging/Mailer.ts"
import type { SendRate } from "../services/messaging/SendRate.ts"
import type { Sms } from "../services/messaging/Sms.ts"
import type { DeadLetters } from "../services/orders/ports/DeadLetters.ts"
import type { OrderBatcher } from "../services/orders/ports/OrderBatcher.ts"
import type { OrderCache } from "../services/orders/ports/OrderCache.ts"
import type { OrderQueue } from "../services/orders/ports/OrderQueue.ts"
import type { OrderStore } from "../services/orders/ports/OrderStore.ts"
import type { Principal } from "../services/Principal.ts"
import type { ProductStore } from "../services/products/ports/ProductStore.ts"
import type { Background } from "../services/runtime/Background.ts"
import type { IdGenerator } from "../services/runtime/IdGenerator.ts"
import type { RateLimiter } from "../services/runtime/RateLimiter.ts"
import type { Readiness } from "../services/runtime/Readiness.ts"
import type { Arrivals } from "./arrivals.ts"
import type { Place } from "./middleware/admission.ts"

/** The ports that the API needs. */
export type AppServices =
  | AccountStore
  | VerificationStore
  | SessionStore
  | PasswordHasher
  | BreachedPasswords
  | PasswordStrength
  | TokenSigner
  | OneTimeCode
  | IdGenerator
  | ProductStore
  | OrderStore
  | OrderCache
  | OrderBatcher
  | OrderQueue
  | DeadLetters
  | RateLimiter
  | AuditLog
  | Mailer
  | SendRate
  | Sms
  | Background
  | Readiness

export type ApiRuntime = ManagedRuntime.ManagedRuntime<AppServices, never>

/** One request as its handlers see it. */
export interface Call {
  /** Runs an effect with the request's span, annotations and services, until the request is over. */
  readonly run: <A, E>(effect: Effect.Effect<A, E, AppServices>) => Promise<Exit.Exit<A, E>>
  /** Aborted where the request is over before it is answered: by the deadline, or since nobody waits. */
  readonly signal: AbortSignal
}

export type AnswerHeaders = Readonly<Record<string, string>>

export interface ApiEnvironment {
  readonly Variables: {
    requestId: string
    /** What every answer to this request carries; grows while it is looked at. */
    common: AnswerHeaders
    /** The answer that has these already. */
    whole: Response
    call: Call
    /** Set for requests that count as in flight: all that read a body do. */
    place: Place
    /** The same for all requests. */
    arrivals: Arrivals
    /** Whether the rest of the body is being waited for. */
    bodyAwaited: boolean
    /** The host gives no more of a body than its Content-Length announces. */
    bodiesAreFramed: boolean
    /** The client's address as limits count it. */
    client: string
    /** Set by `authorize`, where the operation asks for a user. */
    principal: Principal
  }
}

export type ApiContext = Context<ApiEnvironment>
