// Who watches which orders, in one process.
import type { OrderId } from "../../services/ids.ts"
import { unknownVersion, type Wake } from "../../services/orders/ports/OrderChanges.ts"

export class Watchers {
  readonly #byOrder = new Map<OrderId, Set<Wake>>()

  /** The orders that are watched. */
  get orders(): ReadonlyArray<OrderId> {
    return [...this.#byOrder.keys()]
  }

  /** Whether it is the order's first watcher. */
  add(id: OrderId, wake: Wake): boolean {
    const others = this.#byOrder.get(id)
    if (others === undefined) this.#byOrder.set(id, new Set([wake]))
    else others.add(wake)
    return others === undefined
  }

  /** Whether it was the order's last watcher. */
  remove(id: OrderId, wake: Wake): boolean {
    const watchers = this.#byOrder.get(id)
    if (watchers === undefined || !watchers.delete(wake) || watchers.size > 0) return false
    this.#byOrder.delete(id)
    return true
  }

  wake(id: OrderId, version: number): void {
    for (const wake of this.#byOrder.get(id) ?? []) wake(version)
  }

  /** Tells all of them that changes may have been missed. */
  wakeAll(): void {
    for (const id of this.orders) this.wake(id, unknownVersion)
  }
}
