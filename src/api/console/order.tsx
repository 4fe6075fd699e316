// One order: its history, its open work, the allowed actions, and its audit events. The first part refreshes itself
// until no work is left: when the order changes, or every few seconds without an event stream.
import { Effect, Option } from "effect"
import { OrderId } from "../../services/ids.ts"
import { deadLettersOf } from "../../services/orders/deadLettersOf.ts"
import { OrderNotFound } from "../../services/orders/model/errors.ts"
import type { Order, OrderRecord, Work } from "../../services/orders/model/Order.ts"
import { isSettled } from "../../services/orders/model/OrderStatus.ts"
import { showOrder } from "../../services/orders/showOrder.ts"
import { watchOrder } from "../../services/orders/watchOrder.ts"
import { idPattern } from "../../services/runtime/IdGenerator.ts"
import { addSeconds } from "../../services/time.ts"
import { EventTable, emailsIn } from "./events.tsx"
import { answerPage, answerPart } from "./layout.tsx"
import { allowedActions, type OrderAction, orderActions } from "./orderActions.ts"
import { isForPart, type Page, pathParam, type Visit } from "./Page.ts"
import {
  Badge,
  Empty,
  Facts,
  LoadedPart,
  MailBadge,
  Money,
  Notice,
  ProductName,
  StatusBadge,
  Table,
  Time,
  Trail
} from "./parts.tsx"

/** The order that the path names; a malformed id is not found either. */
export const orderIdIn = (visit: Visit): Effect.Effect<OrderId, OrderNotFound> => {
  const id = OrderId.make(pathParam(visit, "id"))
  return idPattern.test(id) ? Effect.succeed(id) : Effect.fail(new OrderNotFound({ id }))
}

const workText = ({ resends, unknownSends = 0, failures = 0 }: Work): string =>
  [
    resends > 0 ? `taken by the watchdog ${resends} times` : "",
    unknownSends > 0 ? `${unknownSends} sends of the mail without a known outcome` : "",
    failures > 0 ? `${failures} attempts at the mail failed` : ""
  ]
    .filter((part) => part !== "")
    .join(", ")

/** Workers search for due work every few seconds. */
const lateSeconds = 60

const isLate = ({ dueAt }: Work, at: Date): boolean => addSeconds(dueAt, lateSeconds) < at

const Actions = ({ record, visit }: { readonly record: OrderRecord; readonly visit: Visit }) => {
  const actions = allowedActions(record, visit.session.principal.role, visit.at)
  return actions.length === 0 ? (
    <p class="quiet">Nothing may be done about this order now.</p>
  ) : (
    <ul class="actions">
      {actions.map((action) => (
        <li>
          <a
            id={`do-${action}`}
            class={orderActions[action].final ? "button danger" : "button"}
            href={`/console/orders/${record.order.id}/${action}`}
          >
            {orderActions[action].title}
          </a>
        </li>
      ))}
    </ul>
  )
}

/** The part that changes. */
const Now = ({ record, visit }: { readonly record: OrderRecord; readonly visit: Visit }) => {
  const { order, work, needsAttention, claim } = record
  const { at } = visit
  const moves = Option.isSome(work)
    ? {
        "hx-get": `/console/orders/${order.id}/now`,
        "hx-trigger": "every 3s",
        "hx-swap": "outerHTML",
        "hx-target": "this"
      }
    : {}
  return (
    <div id="now" data-version={order.version} {...moves}>
      {Option.isNone(needsAttention) ? null : (
        <div class="notice bad">
          <strong>Needs attention</strong> since <Time at={needsAttention.value.at} now={at} />:{" "}
          {needsAttention.value.reason}. Workers go on trying.
        </div>
      )}
      <p class="badges large">
        <StatusBadge status={order.status} />
        <MailBadge state={order.confirmation.state} />
      </p>
      <Actions record={record} visit={visit} />
      <h2>Timeline</h2>
      <ol class="timeline">
        {order.timeline.map(({ status, at: since, reason }) => (
          <li>
            <StatusBadge status={status} /> <Time at={since} now={at} />
            {reason === undefined ? null : <p>{reason}</p>}
          </li>
        ))}
        {order.confirmation.at === undefined ? null : (
          <li>
            <MailBadge state={order.confirmation.state} />{" "}
            <Time at={order.confirmation.at} now={at} />
          </li>
        )}
        {order.notice === undefined ? null : (
          <li>
            About the order's end: <MailBadge state={order.notice.state} />{" "}
            {order.notice.at === undefined ? null : <Time at={order.notice.at} now={at} />}
          </li>
        )}
      </ol>
      {Option.isNone(work) ? (
        <p class="quiet">Nothing is left to do for this order.</p>
      ) : (
        <p class="quiet">
          {isLate(work.value, at) ? "A worker should have looked" : "A worker looks"} at it again{" "}
          <Time at={work.value.dueAt} now={at} />
          {workText(work.value) === "" ? "" : ` (${workText(work.value)})`}
          {Option.isNone(claim) ? "." : "; one has claimed its mail."}
        </p>
      )}
    </div>
  )
}

/** Follows the order for the part that changes. It stays in the page while that part is replaced. */
const followed = ({ id, status, confirmation }: Order) =>
  isSettled(status, confirmation.state)
    ? {}
    : {
        "data-events": `/console/orders/${id}/events`,
        "hx-get": `/console/orders/${id}/now`,
        "hx-trigger": "changed",
        "hx-swap": "innerHTML",
        "hx-target": "this"
      }

const doneNotice = (visit: Visit): string | undefined => {
  const done = visit.query.get("done") ?? ""
  return done in orderActions ? orderActions[done as OrderAction].done : undefined
}

const show = Effect.fnUntraced(function* (visit: Visit) {
  const id = yield* orderIdIn(visit)
  const shown = yield* showOrder(visit.session.principal, id)
  const { order, customer, needsAttention, work, mail, traceId, events } = shown
  const record: OrderRecord = {
    order,
    work,
    needsAttention,
    claim: mail.claim,
    mailRequest: mail.requests,
    idempotencyKey: Option.none()
  }
  const emails = yield* emailsIn(events)
  const done = events.filter(({ kind }) => kind !== "order_read")
  const reads = events.filter(({ kind }) => kind === "order_read")
  const notice = doneNotice(visit)
  const { at } = visit
  return answerPage(
    visit,
    { title: `Order ${order.number}`, current: "Orders" },
    <>
      <Trail steps={[["/console/orders", "Orders"]]} />
      <h1>
        Order <code>{order.number}</code>
      </h1>
      {notice === undefined ? null : <Notice tone="good">{notice}</Notice>}
      <div class="columns wide">
        <section {...followed(order)}>
          <Now record={record} visit={visit} />
        </section>
        <section>
          <h2>What was ordered</h2>
          <Table
            caption="Items"
            columns={[
              {
                head: "Product",
                cell: ({ sku, name }) => (
                  <>
                    <ProductName sku={sku} session={visit.session} />{" "}
                    <span class="quiet">{name}</span>
                  </>
                )
              },
              { head: "Pieces", cell: ({ quantity }) => String(quantity), numeric: true },
              {
                head: "Price",
                cell: ({ unitPrice }) => <Money amount={unitPrice} currency={order.currency} />,
                numeric: true
              }
            ]}
            rows={order.items}
          />
          <Facts
            facts={[
              ["Total", <Money amount={order.total} currency={order.currency} />],
              [
                "Customer",
                <a href={`/console/customers/${order.userId}`}>
                  {Option.match(customer, {
                    onNone: () => "no account any more",
                    onSome: ({ user }) => user.email
                  })}
                </a>
              ],
              ["Placed", <Time at={order.createdAt} now={at} />],
              ["Changed", <Time at={order.updatedAt} now={at} />],
              ["Id", <code>{order.id}</code>],
              ["Version", String(order.version)],
              ["Mails asked for", String(mail.requests)],
              [
                "Trace",
                Option.match(traceId, {
                  onNone: () => "none",
                  onSome: (trace) => <code>{trace}</code>
                })
              ]
            ]}
          />
          {Option.isNone(needsAttention) ? null : (
            <LoadedPart path={`/console/orders/${id}/dead-letters`}>
              <h2>Dead letters</h2>
              <p>
                <a href={`/console/orders/${id}/dead-letters`}>Look for messages that died of it</a>
              </p>
            </LoadedPart>
          )}
        </section>
      </div>
      <h2>What was done to it</h2>
      {done.length === 0 ? (
        <Empty>No operator has done anything to it.</Empty>
      ) : (
        <EventTable caption="What was done to it" events={done} emails={emails} at={at} ofOne />
      )}
      {reads.length === 0 ? null : (
        <details class="reads">
          <summary>Who looked at it</summary>
          <EventTable caption="Who looked at it" events={reads} emails={emails} at={at} ofOne />
        </details>
      )}
    </>
  )
})

export const orderPage: Page = { show }

export const orderNow: Page = {
  show: Effect.fnUntraced(function* (visit) {
    const id = yield* orderIdIn(visit)
    const record = yield* watchOrder(visit.session.principal, id)
    return answerPart(visit.request, <Now record={record} visit={visit} />)
  })
}

const DeadLetters = ({
  letters,
  at
}: {
  readonly letters: Effect.Success<ReturnType<typeof deadLettersOf>>
  readonly at: Date
}) => (
  <>
    <h2>Dead letters</h2>
    {Option.match(letters, {
      onNone: () => <Empty>The queue did not answer. Load the page again.</Empty>,
      onSome: (found) =>
        found.length === 0 ? (
          <Empty>No dead letter is about this order.</Empty>
        ) : (
          <ul class="plain">
            {found.map(({ reason, deadSince }) => (
              <li>
                <Badge tone="bad">dead letter</Badge> {reason}, since{" "}
                <Time at={deadSince} now={at} />
              </li>
            ))}
          </ul>
        )
    })}
  </>
)

/** Apart from the order: a queue takes a second to say that there are no more. */
export const orderDeadLetters: Page = {
  show: Effect.fnUntraced(function* (visit) {
    const id = yield* orderIdIn(visit)
    const { order } = yield* watchOrder(visit.session.principal, id)
    const letters = <DeadLetters letters={yield* deadLettersOf(id)} at={visit.at} />
    if (isForPart(visit.request)) return answerPart(visit.request, letters)
    return answerPage(
      visit,
      { title: `Dead letters of order ${order.number}`, current: "Orders" },
      <>
        <Trail
          steps={[
            ["/console/orders", "Orders"],
            [`/console/orders/${id}`, order.number]
          ]}
        />
        <h1>
          Order <code>{order.number}</code>
        </h1>
        {letters}
      </>
    )
  })
}
