// The ports that lie between the programs and the rest of the world, and so may fail.
import { Context } from "effect"
import { AccountStore, AccountStoreError } from "../../src/services/accounts/ports/AccountStore.ts"
import { Mailer, MailerError } from "../../src/services/messaging/Mailer.ts"
import { OrderCache, OrderCacheError } from "../../src/services/orders/ports/OrderCache.ts"
import { OrderQueue, OrderQueueError } from "../../src/services/orders/ports/OrderQueue.ts"
import { OrderStore, OrderStoreError } from "../../src/services/orders/ports/OrderStore.ts"
import type { SeededRandom } from "../harness/random.ts"
import type { PortName } from "./plan.ts"

export interface Ports {
  readonly store: OrderStore["Service"]
  readonly accounts: AccountStore["Service"]
  readonly queue: OrderQueue["Service"]
  readonly cache: OrderCache["Service"]
  readonly mailer: Mailer["Service"]
}

export type PortServices = OrderStore | AccountStore | OrderQueue | OrderCache | Mailer

export const portsOf = (context: Context.Context<PortServices>): Ports => ({
  store: Context.get(context, OrderStore),
  accounts: Context.get(context, AccountStore),
  queue: Context.get(context, OrderQueue),
  cache: Context.get(context, OrderCache),
  mailer: Context.get(context, Mailer)
})

export const contextOf = (ports: Ports): Context.Context<PortServices> =>
  Context.make(OrderStore, ports.store).pipe(
    Context.add(AccountStore, ports.accounts),
    Context.add(OrderQueue, ports.queue),
    Context.add(OrderCache, ports.cache),
    Context.add(Mailer, ports.mailer)
  )

/** The longest a call takes, in milliseconds: adapters give up then. */
export const deadlines: { readonly [K in PortName]: number } = {
  store: 8000,
  accounts: 8000,
  queue: 8000,
  cache: 100,
  mailer: 8000
}

const cause = "injected"

/** The error of a call that failed; `lost`: it may have happened. */
export const failureOf: {
  readonly [K in PortName]: (operation: string, random: SeededRandom, lost: boolean) => unknown
} = {
  store: (operation) => new OrderStoreError({ operation, cause }),
  accounts: (operation) => new AccountStoreError({ operation, cause }),
  queue: (operation, random) =>
    new OrderQueueError({
      operation,
      reason: random.pick(["unavailable", "unavailable", "throttled", "denied"]),
      cause
    }),
  cache: (operation) => new OrderCacheError({ operation, cause }),
  mailer: (_, random, lost) =>
    lost
      ? new MailerError({ reason: "unavailable", mayBeSent: true, cause })
      : new MailerError({
          reason: random.pick(["unavailable", "throttled", "throttled", "denied"]),
          mayBeSent: false,
          cause
        })
}
