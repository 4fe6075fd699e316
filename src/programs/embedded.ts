// The embedded dependencies: stores, queue, cache, limits and mailbox in the memory of one process. Nothing here needs
// a certain host, so edge hosts and tests use these layers too.
import { Layer } from "effect"
import * as MemoryAccountStore from "../layers/memory/MemoryAccountStore.ts"
import * as MemoryAuditLog from "../layers/memory/MemoryAuditLog.ts"
import * as MemoryDatabase from "../layers/memory/MemoryDatabase.ts"
import * as MemoryDeadLetters from "../layers/memory/MemoryDeadLetters.ts"
import * as MemoryMailbox from "../layers/memory/MemoryMailbox.ts"
import * as MemoryOrderCache from "../layers/memory/MemoryOrderCache.ts"
import * as MemoryOrderQueue from "../layers/memory/MemoryOrderQueue.ts"
import * as MemoryOrderSearch from "../layers/memory/MemoryOrderSearch.ts"
import * as MemoryOrderStore from "../layers/memory/MemoryOrderStore.ts"
import * as MemoryProductStore from "../layers/memory/MemoryProductStore.ts"
import * as MemoryRateLimiter from "../layers/memory/MemoryRateLimiter.ts"
import * as MemorySendRate from "../layers/memory/MemorySendRate.ts"
import * as MemorySessionStore from "../layers/memory/MemorySessionStore.ts"
import * as MemoryStreamSlots from "../layers/memory/MemoryStreamSlots.ts"
import * as MemoryVerificationStore from "../layers/memory/MemoryVerificationStore.ts"
import type { ApiConfig } from "./config/config.ts"

export const stores = Layer.mergeAll(
  MemoryAccountStore.layer,
  MemoryVerificationStore.layer,
  MemorySessionStore.layer,
  MemoryAuditLog.layer(),
  Layer.mergeAll(MemoryProductStore.layer, MemoryOrderStore.layer, MemoryOrderSearch.layer).pipe(
    Layer.provide(MemoryDatabase.layer)
  )
)

/** The order queue and its dead letters. */
export const queue = MemoryDeadLetters.layer.pipe(Layer.provideMerge(MemoryOrderQueue.layer()))

/** The cache with word of its changes, the limits, and the rate of mails. */
export const cacheAndLimits = (limits: ApiConfig["limits"], mailsPerSecond: number) =>
  Layer.mergeAll(
    MemoryOrderCache.layer(),
    MemoryRateLimiter.layer(limits),
    MemoryStreamSlots.layer,
    MemorySendRate.layer({ maxPerSecond: mailsPerSecond })
  )

/** Mailer and Sms, and the Mailbox to read in what they sent. */
export const mailbox = MemoryMailbox.layer
