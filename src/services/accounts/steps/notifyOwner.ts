// Mails the owner of an account what was done to it, so that the owner notices changes by a thief.
import { Effect, Option } from "effect"
import type { UserId } from "../../ids.ts"
import type { Mail } from "../../messaging/Mailer.ts"
import { sendUrgently } from "../../messaging/sendUrgently.ts"
import { AccountStore } from "../ports/AccountStore.ts"
import { sendInBackground } from "./sendInBackground.ts"

/** `mail` gets the owner's address. No mail is sent if the account is gone. */
export const notifyOwner = (userId: UserId, notice: (to: string) => Mail) =>
  sendInBackground(
    Effect.gen(function* () {
      const account = yield* AccountStore.use((store) => store.findById(userId))
      if (Option.isSome(account)) yield* sendUrgently(notice(account.value.user.email))
    }),
    { userId }
  )
