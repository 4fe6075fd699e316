// What the parts of the API share: the services they may use, and what a request carries.
import type { ManagedRuntime } from "effect"
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
import type { OrderChanges } from "../services/orders/ports/OrderChanges.ts"
import type { OrderQueue } from "../services/orders/ports/OrderQueue.ts"
import type { OrderSearch } from "../services/orders/ports/OrderSearch.ts"
import type { OrderStore } from "../services/orders/ports/OrderStore.ts"
import type { StreamSlots } from "../services/orders/ports/StreamSlots.ts"
import type { ProductStore } from "../services/products/ports/ProductStore.ts"
import type { Background } from "../services/runtime/Background.ts"
import type { IdGenerator } from "../services/runtime/IdGenerator.ts"
import type { RateLimiter } from "../services/runtime/RateLimiter.ts"
import type { Readiness } from "../services/runtime/Readiness.ts"
import type { ApiRequest } from "./ApiRequest.ts"

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
  | OrderSearch
  | OrderCache
  | OrderChanges
  | StreamSlots
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

export type AnswerHeaders = Readonly<Record<string, string>>

export interface ApiEnvironment {
  readonly Variables: { request: ApiRequest }
}

export type ApiContext = Context<ApiEnvironment>
