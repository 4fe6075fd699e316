// Port: the number of open event streams of a user, over all processes. A stream holds one of the user's slots by a
// lease, so the slot of a killed process becomes free when its lease ends.
import { Context, type Effect } from "effect"
import type { UserId } from "../../ids.ts"

/** A few tabs, on a few devices. */
export const slotsPerUser = 10

/** The lease of a slot. Its holder renews it each minute, and may miss one renewal. */
export const slotSeconds = 150

export class StreamSlots extends Context.Service<
  StreamSlots,
  {
    /**
     * Gives the holder a slot of the user for `slotSeconds` from now: the one that it has, or a free one. False where
     * all are held by others. Atomic. Never fails: while the shared count is away, each process counts alone.
     */
    readonly hold: (userId: UserId, holder: string) => Effect.Effect<boolean>
    /** Frees the holder's slot, if it has one. */
    readonly release: (userId: UserId, holder: string) => Effect.Effect<void>
  }
>()("services/orders/StreamSlots") {}
