// Audit events as a table: who did what to what, from where, and what changed.
import { Option } from "effect"
import type { Child } from "hono/jsx"
import { emailsOf } from "../../services/accounts/emailsOf.ts"
import { type AuditEvent, usersOf } from "../../services/audit/AuditEvent.ts"
import type { UserId } from "../../services/ids.ts"
import { formatMoney } from "../../services/products/model/money.ts"
import { Badge, Nothing, PlainList, Table, Time } from "./parts.tsx"

/** The addresses of all users that the events name. */
export const emailsIn = (events: ReadonlyArray<AuditEvent>) =>
  emailsOf(events.flatMap((event) => usersOf(event)))

export type Emails = ReadonlyMap<UserId, string>

const Person = ({ id, emails }: { readonly id: UserId; readonly emails: Emails }) => (
  <a href={`/console/customers/${id}`}>{emails.get(id) ?? <code>{id.slice(0, 12)}…</code>}</a>
)

const Actor = ({ event, emails }: { readonly event: AuditEvent; readonly emails: Emails }) =>
  Option.match(event.actor, {
    onNone: () => <span class="quiet">unknown</span>,
    onSome: (actor) =>
      actor.type === "cli" ? (
        "command line"
      ) : (
        <>
          <Person id={actor.userId} emails={emails} />
          {Option.match(actor.role, {
            onNone: () => null,
            onSome: (role) => <span class="quiet"> ({role})</span>
          })}
        </>
      )
  })

const Subject = ({ event, emails }: { readonly event: AuditEvent; readonly emails: Emails }) => {
  const { orderId, sku, userId, address, operation, messageIds = [] } = event.subject
  const isActor = Option.exists(
    event.actor,
    (actor) => actor.type === "user" && actor.userId === userId
  )
  const parts: ReadonlyArray<Child> = [
    ...(orderId === undefined
      ? []
      : [
          <a href={`/console/orders/${orderId}`}>
            order <code>{orderId.slice(0, 12)}…</code>
          </a>
        ]),
    ...(sku === undefined ? [] : [<a href={`/console/products/${sku}`}>{sku}</a>]),
    ...(userId === undefined || isActor ? [] : [<Person id={userId} emails={emails} />]),
    ...(address === undefined ? [] : [address]),
    ...(operation === undefined ? [] : [<code>{operation}</code>]),
    ...(messageIds.length === 0 ? [] : [`messages ${messageIds.join(", ")}`])
  ]
  return <PlainList parts={parts} />
}

type State = NonNullable<AuditEvent["details"]["before"]>

const stateText = ({ unitPrice, currency, disabled, mail, ...others }: State): string =>
  [
    ...(unitPrice === undefined || currency === undefined
      ? []
      : [formatMoney(unitPrice, currency)]),
    ...(mail === undefined ? [] : [`mail ${mail.replaceAll("_", " ")}`]),
    ...(disabled === undefined ? [] : [disabled ? "disabled" : "enabled"]),
    ...Object.values(others).map(String)
  ].join(", ")

const detailsText = ({ details }: AuditEvent): ReadonlyArray<string> => {
  const { before, after, reason, renamed, delta, matched, notFound, limit, silentSeconds } = details
  const change = [before, after].map((state) =>
    state === undefined ? "nothing" : stateText(state)
  )
  return [
    ...(before === undefined && after === undefined ? [] : [change.join(" → ")]),
    ...(delta === undefined ? [] : [`${delta > 0 ? "+" : ""}${delta} pieces`]),
    ...(renamed === true ? ["renamed"] : []),
    ...(matched === undefined ? [] : [`${matched} reached`]),
    ...(notFound === undefined || notFound === 0 ? [] : [`${notFound} not found`]),
    ...(limit === undefined ? [] : [`limit ${limit}`]),
    ...(silentSeconds === undefined ? [] : [`no more of it recorded for ${silentSeconds} s`]),
    ...(reason === undefined ? [] : [`“${reason}”`])
  ]
}

export const EventTable = ({
  caption,
  events,
  emails,
  at,
  ofOne = false
}: {
  readonly caption: string
  readonly events: ReadonlyArray<AuditEvent>
  readonly emails: Emails
  readonly at: Date
  /** Whether all are about what the page shows: it need not be said of each. */
  readonly ofOne?: boolean
}) => (
  <Table
    caption={caption}
    columns={[
      { head: "When", cell: (event) => <Time at={event.at} now={at} /> },
      {
        head: "What",
        cell: ({ kind, outcome }) => (
          <span class="badges">
            {kind.replaceAll("_", " ")}
            {outcome === "failure" ? <Badge tone="bad">refused</Badge> : null}
          </span>
        )
      },
      { head: "Who", cell: (event) => <Actor event={event} emails={emails} /> },
      ...(ofOne
        ? []
        : [
            {
              head: "To what",
              cell: (event: AuditEvent) => <Subject event={event} emails={emails} />
            }
          ]),
      {
        head: "Details",
        cell: (event) => <PlainList parts={detailsText(event)} />
      },
      {
        head: "From",
        cell: ({ client }) =>
          Option.match(client, {
            onNone: () => <Nothing />,
            onSome: (address) => <code>{address}</code>
          })
      }
    ]}
    rows={events}
  />
)
