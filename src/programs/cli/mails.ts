// `mails due` of the command line.
import { Effect } from "effect"
import { maxCounted, measureMails } from "../../services/orders/measureMails.ts"
import { answer } from "./Manner.ts"

export const due = Effect.gen(function* () {
  const measured = yield* measureMails
  const { due, oldestSeconds, perSecond } = measured
  const count = due < maxCounted ? String(due) : `${maxCounted} or more`
  const since = due === 0 ? "" : `, the longest for ${Math.round(oldestSeconds)} s`
  yield* answer({
    json: measured,
    text: [
      `${count} mails of orders are due${since}; ${Math.round(perSecond * 10) / 10} a second may go out`
    ]
  })
})
