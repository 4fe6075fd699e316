// The events by which an open page follows its order: each says that the order has a new version, and the page then
// fetches the part that changes.
import { Effect } from "effect"
import { isConsoleSessionOpen } from "../../services/accounts/consoleSession.ts"
import { followOrder } from "../../services/orders/followOrder.ts"
import { answerOrderStream } from "../answerOrderStream.ts"
import { versions } from "../orderStreams.ts"
import { readCookie } from "./cookies.ts"
import { orderIdIn } from "./order.tsx"
import type { Page } from "./Page.ts"

/** A malformed version is ignored: the client gets the newest. */
const nextAfter = (lastEventId: string | undefined): number =>
  lastEventId !== undefined && /^\d{1,9}$/u.test(lastEventId) ? Number(lastEventId) + 1 : 0

export const orderEvents: Page = {
  show: Effect.fnUntraced(function* (visit) {
    const { request, session, streams } = visit
    const { principal } = session
    const orderId = yield* orderIdIn(visit)
    const progress = yield* followOrder(principal, orderId)
    return yield* answerOrderStream(streams, request, {
      ...{ principal, orderId, progress },
      telling: versions,
      next: nextAfter(request.header("Last-Event-ID")),
      // The cookie has let the visit in.
      isLetIn: isConsoleSessionOpen(readCookie(request, "session") ?? "")
    })
  })
}
