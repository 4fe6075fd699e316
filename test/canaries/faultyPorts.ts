// Every port of the system, failing or dying one at a time, as `fault` says.
import { type Context, Effect, Layer } from "effect"
import { AccountStore, AccountStoreError } from "../../src/services/accounts/ports/AccountStore.ts"
import { OneTimeCode } from "../../src/services/accounts/ports/OneTimeCode.ts"
import { PasswordHasher } from "../../src/services/accounts/ports/PasswordHasher.ts"
import { SessionStore, SessionStoreError } from "../../src/services/accounts/ports/SessionStore.ts"
import { TokenSigner } from "../../src/services/accounts/ports/TokenSigner.ts"
import {
  VerificationStore,
  VerificationStoreError
} from "../../src/services/accounts/ports/VerificationStore.ts"
import { AuditLog, AuditLogError } from "../../src/services/audit/AuditLog.ts"
import { Mailer, MailerError } from "../../src/services/messaging/Mailer.ts"
import { Sms, SmsError } from "../../src/services/messaging/Sms.ts"
import { DeadLetters, DeadLettersError } from "../../src/services/orders/ports/DeadLetters.ts"
import { OrderBatcher } from "../../src/services/orders/ports/OrderBatcher.ts"
import { OrderCache, OrderCacheError } from "../../src/services/orders/ports/OrderCache.ts"
import { OrderQueue, OrderQueueError } from "../../src/services/orders/ports/OrderQueue.ts"
import { OrderSearch, OrderSearchError } from "../../src/services/orders/ports/OrderSearch.ts"
import { OrderStore, OrderStoreError } from "../../src/services/orders/ports/OrderStore.ts"
import { ProductStore, ProductStoreError } from "../../src/services/products/ports/ProductStore.ts"
import { RateLimiter } from "../../src/services/runtime/RateLimiter.ts"
import { wrapPort } from "../../src/testing/wrapPort.ts"
import type { Parts } from "../conformance/embedded.ts"
import { talkativeError } from "./talkativeError.ts"

type Mode = "fails" | "dies"

interface Fault {
  port: string | undefined
  mode: Mode
}

/** The port's error; a port without one only dies. */
type Failure = (operation: string, cause: Error) => unknown

const reason = "unavailable"

/** By name; without an error of its own a port can only die. */
const failures: Readonly<Record<string, Failure | undefined>> = {
  AccountStore: (operation, cause) => new AccountStoreError({ operation, cause }),
  VerificationStore: (operation, cause) => new VerificationStoreError({ operation, cause }),
  SessionStore: (operation, cause) => new SessionStoreError({ operation, cause }),
  ProductStore: (operation, cause) => new ProductStoreError({ operation, cause }),
  OrderStore: (operation, cause) => new OrderStoreError({ operation, cause }),
  OrderSearch: (operation, cause) => new OrderSearchError({ operation, cause }),
  OrderCache: (operation, cause) => new OrderCacheError({ operation, cause }),
  OrderQueue: (operation, cause) => new OrderQueueError({ operation, reason, cause }),
  DeadLetters: (_, cause) => new DeadLettersError({ operation: "list", reason, cause }),
  AuditLog: (operation, cause) => new AuditLogError({ operation, cause }),
  Mailer: (_, cause) => new MailerError({ reason: "rejected", mayBeSent: false, cause }),
  Sms: (_, cause) => new SmsError({ reason: "rejected", mayBeSent: false, cause }),
  OrderBatcher: undefined,
  OneTimeCode: undefined,
  PasswordHasher: undefined,
  TokenSigner: undefined,
  RateLimiter: undefined
}

export const faults: ReadonlyArray<Fault> = Object.entries(failures).flatMap(([port, failure]) =>
  (failure === undefined ? (["dies"] as const) : (["fails", "dies"] as const)).map((mode) => ({
    port,
    mode
  }))
)

export const faultyPorts = () => {
  const fault: Fault = { port: undefined, mode: "fails" }
  const faulty = <I, S extends object>(name: string, port: Context.Service<I, S>) =>
    Layer.effect(
      port,
      Effect.map(port, (real) =>
        wrapPort(real, ({ method, args, run }) =>
          Effect.suspend(() => {
            if (fault.port !== name) return run()
            const error = talkativeError(args)
            return fault.mode === "dies"
              ? Effect.die(error)
              : Effect.fail(failures[name]?.(method, error))
          })
        )
      )
    )
  const layer: Layer.Layer<never, never, Parts> = Layer.mergeAll(
    faulty("AccountStore", AccountStore),
    faulty("VerificationStore", VerificationStore),
    faulty("SessionStore", SessionStore),
    faulty("ProductStore", ProductStore),
    faulty("OrderStore", OrderStore),
    faulty("OrderSearch", OrderSearch),
    faulty("OrderCache", OrderCache),
    faulty("OrderQueue", OrderQueue),
    faulty("DeadLetters", DeadLetters),
    faulty("AuditLog", AuditLog),
    faulty("Mailer", Mailer),
    faulty("Sms", Sms),
    faulty("OrderBatcher", OrderBatcher),
    faulty("OneTimeCode", OneTimeCode),
    faulty("PasswordHasher", PasswordHasher),
    faulty("TokenSigner", TokenSigner),
    faulty("RateLimiter", RateLimiter)
  )
  return { fault, layer }
}
