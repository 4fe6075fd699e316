// The parts of the console's pages: times, money, states, tables that become cards on small screens, forms and notices.
import { Option } from "effect"
import type { Child } from "hono/jsx"
import type { ConsoleSession } from "../../services/accounts/consoleSession.ts"
import type { ConfirmationState, OrderStatus } from "../../services/orders/model/OrderStatus.ts"
import { formatMoney } from "../../services/products/model/money.ts"

/** The field that each form of a logged-in visitor has to send. */
export const KeyField = ({ session }: { readonly session: ConsoleSession }) => (
  <input type="hidden" name="key" value={session.formKey} />
)

const units = [
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
  ["second", 1]
] as const

const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" })

/** `3 minutes ago`, `in 2 hours` */
export const relativeTime = (at: Date, now: Date): string => {
  const seconds = Math.round((at.getTime() - now.getTime()) / 1000)
  const [unit, size] = units.find(([, least]) => Math.abs(seconds) >= least) ?? ["second", 1]
  return relative.format(Math.round(seconds / size), unit)
}

/** `2026-01-31 12:00:00` */
const plainTime = (at: Date): string => at.toISOString().slice(0, 19).replace("T", " ")

export const Time = ({ at, now }: { readonly at: Date; readonly now: Date }) => (
  <span class="time">
    <time datetime={at.toISOString()}>{plainTime(at)}</time>{" "}
    <span class="quiet">{relativeTime(at, now)}</span>
  </span>
)

const numbers = new Intl.NumberFormat("en")

export const count = (value: number): string => numbers.format(value)

/** Of what is counted up to a limit. */
export const boundedCount = (value: number, limit: number): string =>
  value >= limit ? `${count(limit)}+` : count(value)

/** `1 order`, `2 orders` */
export const plural = (value: number, noun: string): string =>
  `${count(value)} ${noun}${value === 1 ? "" : "s"}`

export const Money = ({
  amount,
  currency
}: {
  readonly amount: number
  readonly currency: string
}) => <span class="money">{formatMoney(amount, currency)}</span>

type Tone = "good" | "busy" | "bad" | "off"

/** A state in words; the colour only repeats it. */
export const Badge = ({ tone, children }: { readonly tone: Tone; readonly children: Child }) => (
  <span class={`badge ${tone}`}>{children}</span>
)

const statusTones: { readonly [S in OrderStatus]: Tone } = {
  pending: "busy",
  confirmed: "good",
  fulfilled: "good",
  cancelled: "off",
  failed: "bad"
}

export const StatusBadge = ({ status }: { readonly status: OrderStatus }) => (
  <Badge tone={statusTones[status]}>{status}</Badge>
)

const mailWords: { readonly [S in ConfirmationState]: readonly [tone: Tone, text: string] } = {
  waiting: ["busy", "mail waiting"],
  sending: ["busy", "mail being sent"],
  sent: ["good", "mail sent"],
  undeliverable: ["bad", "mail undeliverable"],
  not_due: ["off", "no mail due"]
}

export const MailBadge = ({ state }: { readonly state: ConfirmationState }) => {
  const [tone, text] = mailWords[state]
  return <Badge tone={tone}>{text}</Badge>
}

export const SaleBadge = ({ active }: { readonly active: boolean }) =>
  active ? <Badge tone="good">for sale</Badge> : <Badge tone="off">not active</Badge>

export interface Column<A> {
  readonly head: string
  readonly cell: (row: A) => Child
  readonly numeric?: true
}

/** What a table's parts are anyway, and are no longer for screen readers where their style makes cards of them. */
const roles = {
  table: { role: "table" },
  group: { role: "rowgroup" },
  row: { role: "row" },
  head: { role: "columnheader" },
  cell: { role: "cell" }
}

const cellClass = ({ numeric }: { readonly numeric?: true }) =>
  numeric === true ? { class: "number" } : {}

/** A table whose rows become cards on a narrow screen. */
export const Table = <A,>({
  caption,
  columns,
  rows
}: {
  readonly caption: string
  readonly columns: ReadonlyArray<Column<A>>
  readonly rows: ReadonlyArray<A>
}) => (
  <table class="cards" {...roles.table}>
    <caption class="hidden">{caption}</caption>
    <thead {...roles.group}>
      <tr {...roles.row}>
        {columns.map((column) => (
          <th scope="col" {...roles.head} {...cellClass(column)}>
            {column.head}
          </th>
        ))}
      </tr>
    </thead>
    <tbody {...roles.group}>
      {rows.map((row) => (
        <tr {...roles.row}>
          {columns.map((column) => (
            <td data-label={column.head} {...roles.cell} {...cellClass(column)}>
              <div>{column.cell(row)}</div>
            </td>
          ))}
        </tr>
      ))}
    </tbody>
  </table>
)

/** Parts one below the other; a dash if there are none. */
export const PlainList = ({ parts }: { readonly parts: ReadonlyArray<Child> }) =>
  parts.length === 0 ? (
    <Nothing />
  ) : (
    <ul class="plain">
      {parts.map((part) => (
        <li>{part}</li>
      ))}
    </ul>
  )

/** A cell without a value. On a narrow screen it is left out. */
export const Nothing = () => <span class="nothing">–</span>

/**
 * A part that takes long: the page is shown without it and then loads it from `path`. Without a script, `children` lead
 * there by a link.
 */
export const LoadedPart = ({
  path,
  children
}: {
  readonly path: string
  readonly children: Child
}) => (
  <section hx-get={path} hx-trigger="load" hx-swap="innerHTML" hx-target="this">
    {children}
  </section>
)

/** What stands in place of a list without items: why, and what to do. */
export const Empty = ({ children }: { readonly children: Child }) => <p class="empty">{children}</p>

/** A product by its SKU: a link for those who may see its page. */
export const ProductName = ({
  sku,
  session,
  id
}: {
  readonly sku: string
  readonly session: ConsoleSession
  /** Where a script replaces it: so it keeps the focus. */
  readonly id?: string
}) =>
  session.principal.role === "admin" ? (
    <a href={`/console/products/${sku}`} {...(id === undefined ? {} : { id })}>
      {sku}
    </a>
  ) : (
    <span>{sku}</span>
  )

/** Names and values. */
export const Facts = ({
  facts
}: {
  readonly facts: ReadonlyArray<readonly [name: string, value: Child]>
}) => (
  <dl class="facts">
    {facts.map(([name, value]) => (
      <div>
        <dt>{name}</dt>
        <dd>{value}</dd>
      </div>
    ))}
  </dl>
)

/** The result of the request. */
export const Notice = ({
  tone,
  children
}: {
  readonly tone: "good" | "bad"
  readonly children: Child
}) => (
  <div class={`notice ${tone}`} role={tone === "bad" ? "alert" : "status"}>
    {children}
  </div>
)

/** Why a form was refused; empty if it was not. */
export const Mistakes = ({
  refused,
  mistakes
}: {
  /** The refused action, in a sentence. */
  readonly refused: string
  readonly mistakes: ReadonlyArray<string>
}) =>
  mistakes.length === 0 ? null : (
    <Notice tone="bad">
      <p>{refused}</p>
      <ul>
        {mistakes.map((mistake) => (
          <li>{mistake}</li>
        ))}
      </ul>
    </Notice>
  )

/** A labelled input; `hint` says what it is for. */
export const Field = ({
  name,
  label,
  hint,
  children,
  ...input
}: {
  readonly name: string
  readonly label: string
  readonly hint?: string
  /** In place of an input: a select or a textarea with the id `field-NAME`. */
  readonly children?: Child
  readonly [attribute: string]: unknown
}) => (
  <div class="field">
    <label for={`field-${name}`}>{label}</label>
    {children ?? (
      <input
        id={`field-${name}`}
        name={name}
        {...(hint === undefined ? {} : { "aria-describedby": `hint-${name}` })}
        {...input}
      />
    )}
    {hint === undefined ? null : (
      <p class="quiet" id={`hint-${name}`}>
        {hint}
      </p>
    )}
  </div>
)

/** What a form calls the field that a problem is about. */
export const labelIn = (
  labels: Readonly<Record<string, string>>,
  path: ReadonlyArray<PropertyKey>
): string => {
  const name = path.map(String).join(".")
  return labels[name] ?? name
}

export const Choice = ({
  name,
  label,
  options,
  chosen
}: {
  readonly name: string
  readonly label: string
  /** The first one is the absence of a choice. */
  readonly options: ReadonlyArray<readonly [value: string, text: string]>
  readonly chosen: string
}) => (
  <Field name={name} label={label}>
    <select id={`field-${name}`} name={name}>
      {options.map(([value, text]) => (
        <option value={value} selected={value === chosen}>
          {text}
        </option>
      ))}
    </select>
  </Field>
)

/** A form that searches a list: its fields, and a link to the whole list. `more` are further links. */
export const SearchForm = ({
  name,
  path,
  submit = "Search",
  more,
  children
}: {
  /** What is searched. */
  readonly name: string
  readonly path: string
  readonly submit?: string
  readonly more?: Child
  readonly children: Child
}) => (
  <search aria-label={name}>
    <form method="get" action={path} class="search">
      {children}
      <div class="buttons">
        <button type="submit" class="primary">
          {submit}
        </button>
        <a href={path}>Clear</a>
        {more}
      </div>
    </form>
  </search>
)

/** The path with another query: fields without a value are left out. */
export const withQuery = (
  path: string,
  fields: Readonly<Record<string, string | undefined>>
): string => {
  const query = new URLSearchParams(
    Object.entries(fields).flatMap(([name, value]) =>
      value === undefined || value === "" ? [] : [[name, value]]
    )
  ).toString()
  return query === "" ? path : `${path}?${query}`
}

/** To the first page, where this is a later one, and to the next, where there is one. */
export const Pages = ({
  path,
  query,
  next
}: {
  readonly path: string
  readonly query: URLSearchParams
  readonly next: Option.Option<string>
}) => {
  const { cursor, ...others } = Object.fromEntries(query)
  if (cursor === undefined && Option.isNone(next)) return null
  return (
    <nav class="pages" aria-label="Pages">
      {cursor === undefined ? null : <a href={withQuery(path, others)}>First page</a>}
      {Option.isNone(next) ? (
        <span class="quiet">This is the last page.</span>
      ) : (
        <a href={withQuery(path, { ...others, cursor: next.value })}>Next page</a>
      )}
    </nav>
  )
}

/** The way up from a page, as its path in the console. */
export const Trail = ({
  steps
}: {
  readonly steps: ReadonlyArray<readonly [path: string, name: string]>
}) => (
  <nav class="trail" aria-label="Where this is">
    {steps.map(([path, name]) => (
      <a href={path}>{name}</a>
    ))}
  </nav>
)
