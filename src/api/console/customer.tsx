// One customer: access, sessions, newest orders; and what administrators may do about the access.
import { Effect, Option } from "effect"
import {
  disableUser,
  enableUser,
  endSessionsOfUser
} from "../../services/accounts/administerUser.ts"
import { UserNotFound } from "../../services/accounts/model/errors.ts"
import { UserId } from "../../services/ids.ts"
import { shownOrders, showUser } from "../../services/operations/showUser.ts"
import type { Principal } from "../../services/Principal.ts"
import { idPattern } from "../../services/runtime/IdGenerator.ts"
import { Confirm } from "./confirm.tsx"
import { answerPage } from "./layout.tsx"
import { goTo, type Page, pathParam, type Visit } from "./Page.ts"
import {
  Badge,
  Empty,
  Facts,
  MailBadge,
  Money,
  Notice,
  plural,
  StatusBadge,
  Table,
  Time,
  Trail,
  withQuery
} from "./parts.tsx"
import { reasonIn } from "./reason.ts"

type Action = "disable" | "enable" | "end-sessions"

const described: {
  readonly [A in Action]: {
    readonly title: string
    readonly effect: string
    readonly done: string
    readonly danger: boolean
  }
} = {
  disable: {
    title: "Disable the account",
    effect:
      "The sessions end, no login to the account works, and a new password does not change that. Its orders are processed as before. Access tokens that were issued stay valid for up to 15 minutes.",
    done: "The account is disabled, and its sessions have ended.",
    danger: true
  },
  enable: {
    title: "Enable the account",
    effect: "Its owner can log in again, with the password as it was.",
    done: "The account is enabled.",
    danger: false
  },
  "end-sessions": {
    title: "End all sessions",
    effect:
      "Its owner has to log in again everywhere; the password stays. Access tokens that are out live for up to 15 minutes more.",
    done: "All sessions have ended.",
    danger: true
  }
}

const userIdIn = (visit: Visit): Effect.Effect<UserId, UserNotFound> => {
  const id = UserId.make(pathParam(visit, "id"))
  return idPattern.test(id) ? Effect.succeed(id) : Effect.fail(new UserNotFound({ id }))
}

const doneNotice = ({ query }: Visit): string | undefined => {
  const done = query.get("done") ?? ""
  return done in described ? described[done as Action].done : undefined
}

export const customerPage: Page = {
  show: Effect.fnUntraced(function* (visit) {
    const id = yield* userIdIn(visit)
    const { customer, sessions, orders } = yield* showUser(id)
    const { user, disabled } = customer
    const { session, at } = visit
    const isAdmin = session.principal.role === "admin"
    const isSelf = session.principal.userId === id
    const actions: ReadonlyArray<Action> = [
      ...(Option.isSome(disabled) ? (["enable"] as const) : []),
      ...(Option.isNone(disabled) && !isSelf ? (["disable"] as const) : []),
      ...(sessions.length > 0 ? (["end-sessions"] as const) : [])
    ]
    const done = doneNotice(visit)
    return answerPage(
      visit,
      { title: user.email, current: "Customers" },
      <>
        <Trail steps={[["/console/customers", "Customers"]]} />
        <h1>{user.email}</h1>
        {done === undefined ? null : <Notice tone="good">{done}</Notice>}
        <div class="columns wide">
          <section>
            <h2>Account</h2>
            <Facts
              facts={[
                [
                  "Access",
                  Option.match(disabled, {
                    onNone: () => <Badge tone="good">enabled</Badge>,
                    onSome: ({ at: since, reason }) => (
                      <>
                        <Badge tone="bad">disabled</Badge> <Time at={since} now={at} />: {reason}
                      </>
                    )
                  })
                ],
                ["Name", Option.getOrElse(user.name, () => "–")],
                ["Phone", Option.getOrElse(user.phone, () => "–")],
                ["Role", user.role],
                ["Registered", <Time at={user.createdAt} now={at} />],
                ["Id", <code>{user.id}</code>],
                ...(isAdmin
                  ? ([["Audit", <a href={`/console/audit?user=${id}`}>its events</a>]] as const)
                  : [])
              ]}
            />
            {isAdmin && actions.length > 0 ? (
              <ul class="actions">
                {actions.map((action) => (
                  <li>
                    <a
                      class={described[action].danger ? "button danger" : "button"}
                      href={`/console/customers/${id}/${action}`}
                    >
                      {described[action].title}
                    </a>
                  </li>
                ))}
              </ul>
            ) : null}
          </section>
          <section>
            <h2>Sessions</h2>
            {sessions.length === 0 ? (
              <Empty>No session of this account is active.</Empty>
            ) : (
              <Table
                caption="Sessions that live"
                columns={[
                  { head: "Logged in", cell: ({ createdAt }) => <Time at={createdAt} now={at} /> },
                  {
                    head: "Last used",
                    cell: ({ lastUsedAt }) => <Time at={lastUsedAt} now={at} />
                  },
                  { head: "Ends", cell: ({ expiresAt }) => <Time at={expiresAt} now={at} /> }
                ]}
                rows={sessions}
              />
            )}
          </section>
        </div>
        <h2>Newest orders</h2>
        {orders.length === 0 ? (
          <Empty>This customer has not ordered anything.</Empty>
        ) : (
          <>
            <Table
              caption="Newest orders"
              columns={[
                {
                  head: "Order",
                  cell: (order) => (
                    <a href={`/console/orders/${order.id}`}>
                      <code>{order.number}</code>
                    </a>
                  )
                },
                {
                  head: "State",
                  cell: (order) => (
                    <span class="badges">
                      <StatusBadge status={order.status} />
                      <MailBadge state={order.confirmation.state} />
                    </span>
                  )
                },
                { head: "Placed", cell: (order) => <Time at={order.createdAt} now={at} /> },
                {
                  head: "Total",
                  cell: (order) => <Money amount={order.total} currency={order.currency} />,
                  numeric: true
                }
              ]}
              rows={orders}
            />
            {orders.length < shownOrders ? null : (
              <p>
                <a href={withQuery("/console/orders", { email: user.email })}>
                  All orders of this customer
                </a>
              </p>
            )}
          </>
        )}
      </>
    )
  })
}

const confirmation = Effect.fnUntraced(function* (
  visit: Visit,
  action: Action,
  refused?: { readonly mistake: string; readonly typed: string; readonly status: number }
) {
  const id = yield* userIdIn(visit)
  const { customer, sessions } = yield* showUser(id)
  const { title, effect, danger } = described[action]
  const back = `/console/customers/${id}`
  return answerPage(
    visit,
    { title, current: "Customers", status: refused?.status ?? 200 },
    <div class="narrow">
      <Trail
        steps={[
          ["/console/customers", "Customers"],
          [back, customer.user.email]
        ]}
      />
      <h1>{title}</h1>
      <Facts
        facts={[
          ["Account", customer.user.email],
          ["Sessions", plural(sessions.length, "session")]
        ]}
      />
      <Confirm
        session={visit.session}
        action={`${back}/${action}`}
        title={title}
        effect={effect}
        danger={danger}
        back={back}
        mistake={refused?.mistake}
        reason={{
          required: true,
          hint: "It is kept in the audit event.",
          typed: refused?.typed ?? ""
        }}
      />
    </div>
  )
})

const perform = Effect.fnUntraced(function* (
  action: Action,
  principal: Principal,
  id: UserId,
  reason: string
) {
  switch (action) {
    case "disable":
      return yield* Effect.asVoid(disableUser(principal, id, reason))
    case "enable":
      return yield* Effect.asVoid(enableUser(id, reason))
    case "end-sessions":
      return yield* endSessionsOfUser(id, reason)
  }
})

export const customerActionPage = (action: Action): Page => ({
  show: (visit) => confirmation(visit, action),

  act: Effect.fnUntraced(function* ({ form, ...visit }) {
    const id = yield* userIdIn(visit)
    const given = reasonIn(form, true)
    if ("mistake" in given) return yield* confirmation(visit, action, { ...given, status: 422 })
    const reason = Option.getOrElse(given.reason, () => "")
    return yield* perform(action, visit.session.principal, id, reason).pipe(
      Effect.map(() => goTo(visit.request, `/console/customers/${id}?done=${action}`)),
      Effect.catchTag("AccessNotChangeable", ({ because }) =>
        confirmation(visit, action, {
          mistake:
            because === "own"
              ? "This is your own account. Nothing was changed."
              : "No administrator would be left who can log in. Nothing was changed.",
          typed: reason,
          status: 409
        })
      )
    )
  })
})
