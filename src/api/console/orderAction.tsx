// One action on an order: the page that explains it, and the action itself.
import { Effect, Option } from "effect"
import type { OrderId } from "../../services/ids.ts"
import {
  failOrder,
  fulfilOrder,
  resendConfirmation
} from "../../services/orders/administerOrder.ts"
import { cancelOrder } from "../../services/orders/cancelOrder.ts"
import { watchOrder } from "../../services/orders/watchOrder.ts"
import type { Principal } from "../../services/Principal.ts"
import { Confirm } from "./confirm.tsx"
import { answerPage } from "./layout.tsx"
import { orderIdIn } from "./order.tsx"
import { type OrderAction, orderActions } from "./orderActions.ts"
import { goTo, type Page, type Visit } from "./Page.ts"
import { Facts, MailBadge, Money, Notice, StatusBadge, Trail } from "./parts.tsx"
import { reasonIn } from "./reason.ts"

const perform = Effect.fnUntraced(function* (
  action: OrderAction,
  principal: Principal,
  id: OrderId,
  reason: string | undefined
) {
  switch (action) {
    case "cancel":
      return yield* cancelOrder(principal, id, reason)
    case "fulfil":
      return yield* fulfilOrder(id, reason)
    case "fail":
      return yield* failOrder(id, reason ?? "")
    case "resend":
      return yield* resendConfirmation(id, reason)
  }
})

const confirmation = Effect.fnUntraced(function* (
  visit: Visit,
  action: OrderAction,
  refused?: { readonly mistake: string; readonly typed: string }
) {
  const id = yield* orderIdIn(visit)
  const { session, at } = visit
  const record = yield* watchOrder(session.principal, id)
  const { order } = record
  const { title, effect, reason, reasonHint, final, isAllowed } = orderActions[action]
  const back = `/console/orders/${id}`
  const allowed = isAllowed(record, at)
  const status = refused === undefined ? 200 : 422
  return answerPage(
    visit,
    { title, current: "Orders", status: allowed ? status : 409 },
    <div class="narrow">
      <Trail
        steps={[
          ["/console/orders", "Orders"],
          [back, "This order"]
        ]}
      />
      <h1>{title}</h1>
      <Facts
        facts={[
          ["Order", <code>{order.number}</code>],
          ["Now", <StatusBadge status={order.status} />],
          ["Mail", <MailBadge state={order.confirmation.state} />],
          ["Total", <Money amount={order.total} currency={order.currency} />]
        ]}
      />
      {allowed ? (
        <Confirm
          session={session}
          action={`${back}/${action}`}
          title={title}
          effect={effect}
          danger={final}
          back={back}
          mistake={refused?.mistake}
          reason={{
            required: reason === "required",
            hint: reasonHint,
            typed: refused?.typed ?? ""
          }}
        />
      ) : (
        <>
          <Notice tone="bad">
            The order does not allow this now. Its status or the state of its mail has changed.
          </Notice>
          <p>
            <a href={back}>Back to the order</a>
          </p>
        </>
      )}
    </div>
  )
})

export const orderActionPage = (action: OrderAction): Page => ({
  show: (visit) => confirmation(visit, action),

  act: Effect.fnUntraced(function* ({ form, ...visit }) {
    const id = yield* orderIdIn(visit)
    const given = reasonIn(form, orderActions[action].reason === "required")
    if ("mistake" in given) return yield* confirmation(visit, action, given)
    const done = perform(action, visit.session.principal, id, Option.getOrUndefined(given.reason))
    return yield* Effect.map(done, () =>
      goTo(visit.request, `/console/orders/${id}?done=${action}`)
    ).pipe(
      // Another change came first: the page says how the order is now.
      Effect.catchTag(["OrderNotAllowed", "OrderNotCancellable"], () => confirmation(visit, action))
    )
  })
})
