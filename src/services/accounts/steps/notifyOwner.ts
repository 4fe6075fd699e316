// Mails the owner of an account what was done to it, so that the owner notices changes by a thief.
import { Effect, Option } from "effect"
import type { UserId } from "../../ids.ts"
import type { Notice } from "../../mails/notices.ts"
import { Shop } from "../../mails/Shop.ts"
import { sendUrgently } from "../../messaging/sendUrgently.ts"
import { now } from "../../time.ts"
import { AccountStore } from "../ports/AccountStore.ts"
import { sendInBackground } from "./sendInBackground.ts"

/** The notice has the current time. No mail is sent if the account is gone. */
export const notifyOwner = Effect.fnUntraced(function* (userId: UserId, notice: Notice) {
  const at = yield* now
  const shop = yield* Shop
  yield* sendInBackground(
    Effect.gen(function* () {
      const account = yield* AccountStore.use((store) => store.findById(userId))
      if (Option.isSome(account)) yield* sendUrgently(notice(account.value.user, at, shop))
    }),
    { userId }
  )
})
