// `mails due` of the command line.
import { Console, Effect } from "effect"
import { maxCounted, measureMails } from "../../services/orders/measureMails.ts"

export const due = Effect.gen(function* () {
  const { due, oldestSeconds, perSecond } = yield* measureMails
  const count = due < maxCounted ? String(due) : `${maxCounted} or more`
  const since = due === 0 ? "" : `, the longest for ${Math.round(oldestSeconds)} s`
  yield* Console.log(
    `${count} confirmation mails are due${since}; ${Math.round(perSecond * 10) / 10} a second may go out`
  )
})
