// The overview: first what needs an operator, then the amount of work. Its numbers and plots refresh themselves.
import { Deferred, Effect, Option, Result } from "effect"
import type { Child } from "hono/jsx"
import { inspect } from "../../http/health.ts"
import type { ConsoleSession } from "../../services/accounts/consoleSession.ts"
import { maxMinuteCount, ordersPerMinute } from "../../services/operations/ordersPerMinute.ts"
import { maxOverviewCount, overview } from "../../services/operations/overview.ts"
import {
  measureQueues,
  type QueueDepth,
  queueProblems
} from "../../services/orders/measureQueues.ts"
import { orderStatuses } from "../../services/orders/model/OrderStatus.ts"
import { Background } from "../../services/runtime/Background.ts"
import { now } from "../../services/time.ts"
import { answerPage, answerPart } from "./layout.tsx"
import type { History, Outside, Page, Sample } from "./Page.ts"
import {
  Badge,
  boundedCount,
  count,
  Empty,
  ProductName,
  relativeTime,
  StatusBadge,
  Table,
  Time,
  withQuery
} from "./parts.tsx"
import { Bars, Line, Share } from "./plots.tsx"

const minutes = 30

/** A product with so many pieces is low. */
const lowStock = 5

const sampleMillis = 4000
const samplesKept = 450

/** Keeps what was seen, for the plots of those who look next. */
const keep = (samples: Array<Sample>, sample: Sample): void => {
  const last = samples.at(-1)
  if (last !== undefined && sample.at.getTime() - last.at.getTime() < sampleMillis) return
  samples.push(sample)
  if (samples.length > samplesKept) samples.shift()
}

/** What is outside of the process: its dependencies, and how many messages wait in them. */
const askAll = Effect.map(
  Effect.all({ report: inspect, queues: measureQueues }, { concurrency: "unbounded" }),
  ({ report, queues }): Outside => ({ ...report, queues })
)

/** Answers of SQS, of SES and of a majority of MongoDB may take longer than the rest of the page, which waits so long … */
const toldWithin = "50 millis"
/** … and shows meanwhile what was told so long ago at most. */
const toldHoldsMillis = 15_000

/** None: the dependencies are still being asked. */
const inspectSoon = Effect.fnUntraced(function* (history: History) {
  const at = yield* now
  const answered = yield* Deferred.make<Outside>()
  const asking = Effect.tap(askAll, (report) => {
    history.told = { at, report }
    return Deferred.succeed(answered, report)
  })
  yield* Background.use(({ run }) => run(Effect.asVoid(asking)))
  const answer = yield* Effect.timeoutOption(Deferred.await(answered), toldWithin)
  const { told } = history
  const isFresh = told !== undefined && at.getTime() - told.at.getTime() < toldHoldsMillis
  return Option.orElse(answer, () => (isFresh ? Option.some(told.report) : Option.none()))
})

const look = Effect.fnUntraced(function* (history: History) {
  const { samples, known } = history
  const { shown, placed, health } = yield* Effect.all(
    {
      shown: overview(lowStock),
      placed: ordersPerMinute(minutes, known),
      health: inspectSoon(history)
    },
    { concurrency: "unbounded" }
  )
  keep(samples, { at: shown.at, unsettled: shown.orders.unsettled, mailsDue: shown.mails.due })
  return { ...shown, placed, health, samples }
})

export type Seen = Effect.Success<ReturnType<typeof look>>

/** How old what a page shows may be. */
const shownMillis = 1000

/** However many operators watch, the database is asked about once a second. */
const lookOrRemember = Effect.fnUntraced(function* (history: History) {
  const { seen } = history
  const at = yield* now
  if (seen !== undefined && at.getTime() - seen.at.getTime() < shownMillis) return seen
  history.seen = yield* look(history)
  return history.seen
})

const Depth = ({
  name,
  href,
  depth
}: {
  readonly name: string
  readonly href?: string
  readonly depth: QueueDepth
}) =>
  Result.match(depth, {
    onSuccess: ({ visible, inFlight, delayed }) => (
      <li>
        {href === undefined ? name : <a href={href}>{name}</a>}: about{" "}
        {count(visible + inFlight + delayed)} messages
      </li>
    ),
    onFailure: (problem) => (
      <li>
        {name}: <span class="quiet">not known ({queueProblems[problem]})</span>
      </li>
    )
  })

const Dependencies = ({ dependencies, draining, queues }: Outside) => (
  <>
    <ul class="plain">
      {Object.entries(dependencies).map(([name, { ready, required, problem }]) => (
        <li>
          <Badge tone={ready ? "good" : "bad"}>{ready ? "ready" : "not ready"}</Badge> {name}
          {required ? "" : <span class="quiet"> (works without)</span>}
          {problem === undefined ? null : <p class="quiet">{problem}</p>}
        </li>
      ))}
    </ul>
    <ul class="plain">
      <Depth name="Order queue" depth={queues.orders} />
      <Depth name="Dead letters" href="/console/dead-letters" depth={queues.deadLetters} />
    </ul>
    {draining ? <p>This process is shutting down.</p> : null}
  </>
)

const Figure = ({
  name,
  value,
  href,
  alarm = false,
  children
}: {
  readonly name: string
  readonly value: string
  readonly href?: string
  /** Whether an operator should act on it. */
  readonly alarm?: boolean
  readonly children?: Child
}) => (
  <section class={alarm ? "figure alarm" : "figure"}>
    <h2>
      {href === undefined ? (
        name
      ) : (
        <a id={`figure-${name.replaceAll(" ", "-")}`} href={href}>
          {name}
        </a>
      )}
    </h2>
    <p class="value">{value}</p>
    {children}
  </section>
)

const since = (at: Date | undefined, now: Date): string =>
  at === undefined ? "" : `the oldest placed ${relativeTime(at, now)}`

const Now = ({
  session,
  seen: { at, orders, mails, stock, placed, health, samples }
}: {
  readonly session: ConsoleSession
  readonly seen: Seen
}) => {
  const perMinute = placed.map(({ orders }) => orders)
  const busiest = Math.max(...perMinute)
  const largest = Math.max(1, ...Object.values(orders.byStatus))
  const oldestMail = new Date(at.getTime() - mails.oldestSeconds * 1000)
  return (
    <div id="now" hx-get="/console/now" hx-trigger="every 5s" hx-swap="outerHTML" hx-target="this">
      <div class="figures">
        <Figure
          name="Need attention"
          value={boundedCount(orders.flagged, maxOverviewCount)}
          href="/console/orders?attention=true"
          alarm={orders.flagged > 0}
        >
          <p class="quiet">
            {orders.flagged === 0
              ? "No order waits for a person."
              : "Processing them failed again and again."}
          </p>
        </Figure>
        <Figure
          name="Placed"
          value={boundedCount(orders.lastMinute, maxOverviewCount)}
          href="/console/orders"
        >
          <Bars
            title={`Orders placed in each of the last ${minutes} minutes: at most ${boundedCount(busiest, maxMinuteCount)}, ${boundedCount(orders.lastHour, 10 * maxOverviewCount)} in the last hour.`}
            values={perMinute}
          />
          <p class="quiet">
            in the last minute; {boundedCount(orders.lastHour, 10 * maxOverviewCount)} in the last
            hour, {count(orders.total)} in all
          </p>
        </Figure>
        <Figure name="Unsettled" value={boundedCount(orders.unsettled, maxOverviewCount)}>
          <Line
            title="Unsettled orders, since the first visit of this page."
            values={samples.map(({ unsettled }) => unsettled)}
          />
          <p class="quiet">
            {orders.unsettled === 0
              ? "All orders are done."
              : since(Option.getOrUndefined(orders.oldestUnsettled), at)}
          </p>
        </Figure>
        <Figure name="Mails due" value={boundedCount(mails.due, maxOverviewCount)}>
          <Line
            title="Mails of orders that are due, since the first visit of this page."
            values={samples.map(({ mailsDue }) => mailsDue)}
          />
          <p class="quiet">
            {mails.due === 0
              ? "No mail waits."
              : `the longest since ${relativeTime(oldestMail, at)}; ${count(mails.perSecond)} a second may go out`}
          </p>
        </Figure>
      </div>
      <div class="columns">
        <section>
          <h2>Orders by status</h2>
          <ul class="shares">
            {orderStatuses.map((status) => (
              <li>
                <a id={`status-${status}`} href={withQuery("/console/orders", { status })}>
                  <StatusBadge status={status} />
                </a>
                <Share value={orders.byStatus[status]} of={largest} />
                <span class="number">
                  {boundedCount(orders.byStatus[status], maxOverviewCount)}
                </span>
              </li>
            ))}
          </ul>
        </section>
        <section>
          <h2>Dependencies</h2>
          {Option.match(health, {
            onNone: () => <Empty>They are being asked. The next look at this page tells.</Empty>,
            onSome: (report) => <Dependencies {...report} />
          })}
        </section>
        <section>
          <h2>Low stock</h2>
          {stock.length === 0 ? (
            <Empty>No product has {lowStock} pieces or fewer.</Empty>
          ) : (
            <Table
              caption="Products that are low"
              columns={[
                {
                  head: "Product",
                  cell: ({ sku, name }) => (
                    <>
                      <ProductName sku={sku} session={session} id={`low-${sku}`} />{" "}
                      <span class="quiet">{name}</span>
                    </>
                  )
                },
                { head: "Available", cell: ({ available }) => count(available), numeric: true }
              ]}
              rows={stock}
            />
          )}
        </section>
      </div>
      <p class="quiet">
        As of <Time at={at} now={at} />
      </p>
    </div>
  )
}

export const overviewPage: Page = {
  show: (visit) =>
    Effect.map(lookOrRemember(visit.history), (seen) =>
      answerPage(
        visit,
        { title: "Overview", current: "Overview" },
        <>
          <h1>Overview</h1>
          <Now session={visit.session} seen={seen} />
        </>
      )
    )
}

/** The part of it that moves. */
export const overviewNow: Page = {
  show: ({ request, session, history }) =>
    Effect.map(lookOrRemember(history), (seen) =>
      answerPart(request, <Now session={session} seen={seen} />)
    )
}
