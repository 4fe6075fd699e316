// StreamSlots in the memory of one process, by Clock.
import { Clock, Effect, Layer } from "effect"
import type { UserId } from "../../services/ids.ts"
import { StreamSlots, slotSeconds, slotsPerUser } from "../../services/orders/ports/StreamSlots.ts"
import { makeSweep } from "./sweep.ts"

/** By user, when the lease of each holder ends. */
export const makeMemoryStreamSlots = (): StreamSlots["Service"] => {
  const leases = new Map<UserId, Map<string, number>>()

  const sweep = makeSweep(leases, (held, now) => [...held.values()].every((until) => until <= now))

  const hold = (userId: UserId, holder: string, now: number): boolean => {
    sweep(now)
    const held = leases.get(userId) ?? new Map<string, number>()
    for (const [other, until] of held) if (until <= now) held.delete(other)
    if (!held.has(holder) && held.size >= slotsPerUser) return false
    held.set(holder, now + slotSeconds * 1000)
    leases.set(userId, held)
    return true
  }

  const release = (userId: UserId, holder: string): void => {
    const held = leases.get(userId)
    held?.delete(holder)
    if (held?.size === 0) leases.delete(userId)
  }

  return StreamSlots.of({
    hold: (userId, holder) =>
      Effect.map(Clock.currentTimeMillis, (now) => hold(userId, holder, now)),
    release: (userId, holder) => Effect.sync(() => release(userId, holder))
  })
}

export const layer: Layer.Layer<StreamSlots> = Layer.sync(StreamSlots, makeMemoryStreamSlots)
