// What every StreamSlots owes: a user has so many slots, however many ask at the same time, and one that is not
// renewed is free when its lease ends.
import { assert, describe, it } from "@effect/vitest"
import { Effect, type Layer } from "effect"
import { UserId } from "../../src/services/ids.ts"
import {
  StreamSlots,
  slotSeconds,
  slotsPerUser
} from "../../src/services/orders/ports/StreamSlots.ts"

export interface StreamSlotsSubject {
  readonly layer: Layer.Layer<StreamSlots>
  /** Lets so much of the leases go by. */
  readonly pass: (seconds: number) => Effect.Effect<void>
}

export const aUser = (): UserId => UserId.make(crypto.randomUUID())

/** How many of these holders have a slot after they have all asked for one. */
export const holdAll = (userId: UserId, holders: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const slots = yield* StreamSlots
    const held = yield* Effect.forEach(holders, (holder) => slots.hold(userId, holder), {
      concurrency: "unbounded"
    })
    return held.filter((has) => has).length
  })

export const names = (count: number, of = "holder"): ReadonlyArray<string> =>
  Array.from({ length: count }, (_, i) => `${of}-${i}`)

export const streamSlotsContract = (name: string, { layer, pass }: StreamSlotsSubject): void => {
  const full = names(slotsPerUser)

  describe(name, () => {
    it.effect(
      "gives a user ten slots for thirty concurrent requests, and each other user their own",
      () =>
        Effect.gen(function* () {
          const [one, other] = [aUser(), aUser()]
          assert.strictEqual(yield* holdAll(one, names(30)), slotsPerUser)
          assert.strictEqual(yield* holdAll(other, full), slotsPerUser)
        }).pipe(Effect.provide(layer))
    )

    it.effect("renews the slot of a holder, without a second one", () =>
      Effect.gen(function* () {
        const user = aUser()
        for (let i = 0; i < 3; i++) assert.strictEqual(yield* holdAll(user, full), slotsPerUser)
        assert.strictEqual(yield* holdAll(user, ["eleventh"]), 0)
      }).pipe(Effect.provide(layer))
    )

    it.effect("frees the released slot, and no other", () =>
      Effect.gen(function* () {
        const slots = yield* StreamSlots
        const user = aUser()
        yield* holdAll(user, full)
        yield* slots.release(user, "a stranger")
        yield* slots.release(aUser(), "holder-3")
        assert.isFalse(yield* slots.hold(user, "eleventh"))
        yield* slots.release(user, "holder-3")
        assert.isTrue(yield* slots.hold(user, "eleventh"))
        assert.isFalse(yield* slots.hold(user, "holder-3"))
        assert.isTrue(yield* slots.hold(user, "holder-4"))
      }).pipe(Effect.provide(layer))
    )

    it.effect("frees a slot that is not renewed when its lease ends", () =>
      Effect.gen(function* () {
        const slots = yield* StreamSlots
        const user = aUser()
        yield* holdAll(user, full)
        yield* pass(slotSeconds - 10)
        assert.isTrue(yield* slots.hold(user, "holder-7"))
        assert.isFalse(yield* slots.hold(user, "eleventh"))
        yield* pass(20)
        // All but the one that was renewed.
        assert.strictEqual(yield* holdAll(user, names(20, "next")), slotsPerUser - 1)
        assert.isTrue(yield* slots.hold(user, "holder-7"))
      }).pipe(Effect.provide(layer))
    )
  })
}
