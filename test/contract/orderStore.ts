// What every OrderStore owes its callers: nothing oversold or lost, nothing done twice, nothing forgotten.
import { layer } from "@effect/vitest"
import type { Layer } from "effect"
import type { OrderStore } from "../../src/services/orders/ports/OrderStore.ts"
import type { ProductStore } from "../../src/services/products/ports/ProductStore.ts"
import { attention } from "./orderStore/attention.ts"
import { changing } from "./orderStore/changing.ts"
import { confirming } from "./orderStore/confirming.ts"
import { mails } from "./orderStore/mails.ts"
import { notices } from "./orderStore/notices.ts"
import { outcomesOfMails } from "./orderStore/outcomes.ts"
import { overdue } from "./orderStore/overdue.ts"
import { placing } from "./orderStore/placing.ts"
import { reading } from "./orderStore/reading.ts"
import type { StoreProbe } from "./stores.ts"

export const orderStoreContract = <E>(
  name: string,
  stores: Layer.Layer<OrderStore | ProductStore | StoreProbe, E>
): void =>
  layer(stores, { excludeTestServices: true })(name, (it) => {
    placing(it)
    reading(it)
    changing(it)
    confirming(it)
    mails(it)
    outcomesOfMails(it)
    notices(it)
    overdue(it)
    attention(it)
  })
