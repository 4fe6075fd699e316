// Sends a mail that a person waits for, such as a code: within the rate that all mails share, and with priority over
// confirmations.
import { Effect } from "effect"
import { addSeconds, now } from "../time.ts"
import { type Mail, Mailer, MailerError } from "./Mailer.ts"
import { SendRate } from "./SendRate.ts"

/** Callers retry later, and their hosts keep background work for a limited time. */
const maxWaitSeconds = 5

/** Fails as `throttled` if too many such mails wait, otherwise as `Mailer.send`. */
export const sendUrgently = Effect.fnUntraced(function* (mail: Mail) {
  const mailer = yield* Mailer
  const rate = yield* SendRate
  if (!(yield* rate.takeForCode(addSeconds(yield* now, maxWaitSeconds))))
    return yield* new MailerError({
      reason: "throttled",
      mayBeSent: false,
      cause: new Error("too many mails that cannot wait")
    })
  return yield* Effect.tapError(mailer.send(mail), ({ reason }) =>
    reason === "throttled" ? rate.throttled : Effect.void
  )
})

/** The same work, and nothing is taken or sent (see `Mailer.rehearse`). */
export const rehearseUrgently = Effect.fnUntraced(function* (mail: Mail) {
  const mailer = yield* Mailer
  const rate = yield* SendRate
  yield* rate.take(0)
  return yield* mailer.rehearse(mail)
})
