// Dead letters: messages that workers could not process. They can be redriven or dropped; a page before that explains
// the effect.
import { Effect, Option } from "effect"
import type { Child } from "hono/jsx"
import { type DeadLetterOfOrder, listDeadLetters } from "../../services/orders/listDeadLetters.ts"
import { dropDeadLetters, redriveDeadLetters } from "../../services/orders/moveDeadLetters.ts"
import { Confirm } from "./confirm.tsx"
import { answerPage, answerPart } from "./layout.tsx"
import { goTo, isForPart, type Page, type Visit } from "./Page.ts"
import {
  Empty,
  LoadedPart,
  Notice,
  plural,
  StatusBadge,
  Table,
  Time,
  Trail,
  withQuery
} from "./parts.tsx"

const path = "/console/dead-letters"
const limit = 100

/** As many as one request may name. */
const maxChosen = 100

/** Longer bodies are cut. */
const maxBody = 200

/** As SQS and the embedded queue name messages. */
const messageId = /^[\w-]{1,100}$/u

type Action = "redrive" | "drop"

const letterColumns = (at: Date) => [
  {
    head: "Why",
    cell: ({ reason }: DeadLetterOfOrder) => reason
  },
  {
    head: "Since",
    cell: ({ deadSince }: DeadLetterOfOrder) => <Time at={deadSince} now={at} />
  },
  {
    head: "Order",
    cell: ({ orderId, orderStatus }: DeadLetterOfOrder): Child =>
      Option.match(orderId, {
        onNone: () => <span class="quiet">none that can be read</span>,
        onSome: (id) => (
          <span class="badges">
            <a href={`/console/orders/${id}`}>
              <code>{id.slice(0, 12)}…</code>
            </a>
            {Option.match(orderStatus, {
              onNone: () => <span class="quiet">not found</span>,
              onSome: (status) => <StatusBadge status={status} />
            })}
          </span>
        )
      })
  },
  { head: "Deliveries", cell: ({ receiveCount }: DeadLetterOfOrder) => String(receiveCount) },
  {
    head: "Message",
    cell: ({ body }: DeadLetterOfOrder) => (
      <code class="body">{body.length > maxBody ? `${body.slice(0, maxBody)}…` : body}</code>
    )
  }
]

const doneNotice = ({ query }: Visit): Child => {
  const done = query.get("done")
  const matched = Number(query.get("matched") ?? "")
  if ((done !== "redrive" && done !== "drop") || !Number.isSafeInteger(matched)) return null
  const missing = query.has("missing") ? " Others were not there any more." : ""
  const rest = query.has("more") ? " There was no time for all: do it once more." : ""
  const what = done === "redrive" ? "went back to the queue" : "were dropped"
  return (
    <Notice tone="good">
      {plural(matched, "message")} {what}.{missing}
      {rest}
    </Notice>
  )
}

/** Answers without the queue, which is asked for a second or longer: the page then loads the list. */
export const deadLettersPage: Page = {
  show: (visit) =>
    Effect.sync(() =>
      answerPage(
        visit,
        { title: "Dead letters", current: "Dead letters" },
        <>
          <h1>Dead letters</h1>
          {doneNotice(visit)}
          <p class="quiet">
            Messages that could not be processed, those first that are here longest. To look at them
            hides them from others for a moment.
          </p>
          <LoadedPart path={`${path}/list`}>
            <p>
              <a href={`${path}/list`}>Look for them</a>
            </p>
          </LoadedPart>
        </>
      )
    )
}

export const deadLettersList: Page = {
  show: Effect.fnUntraced(function* (visit) {
    const list = <DeadLetterList letters={yield* listDeadLetters(limit)} at={visit.at} />
    if (isForPart(visit.request)) return answerPart(visit.request, list)
    return answerPage(
      visit,
      { title: "List of dead letters", current: "Dead letters" },
      <>
        <Trail steps={[[path, "Dead letters"]]} />
        <h1>List of dead letters</h1>
        {list}
      </>
    )
  })
}

const DeadLetterList = ({
  letters,
  at
}: {
  readonly letters: ReadonlyArray<DeadLetterOfOrder>
  readonly at: Date
}) =>
  letters.length === 0 ? (
    <Empty>
      No dead letter is here. If another page shows some, another operator may be reading them: load
      this page again in a minute.
    </Empty>
  ) : (
    <form method="get" action={`${path}/redrive`}>
      <Table
        caption="Dead letters"
        columns={[
          {
            head: "Choose",
            cell: ({ messageId: id, reason }) => (
              <input
                type="checkbox"
                name="id"
                value={id}
                aria-label={`Choose message ${id}: ${reason}`}
              />
            )
          },
          ...letterColumns(at)
        ]}
        rows={letters}
      />
      <div class="buttons">
        <button type="submit" class="primary">
          Process those chosen again…
        </button>
        <button type="submit" formaction={`${path}/drop`} class="danger">
          Drop those chosen…
        </button>
        <a href={`${path}/redrive?all=1`}>Process all again…</a>
      </div>
    </form>
  )

const described: {
  readonly [A in Action]: {
    readonly title: string
    readonly effect: (messages: string) => string
    readonly danger: boolean
  }
} = {
  redrive: {
    title: "Process again",
    effect: (messages) =>
      `This sends ${messages} back to the order queue, and a worker tries again. What fails again comes back here. Orders that are done already stay as they are.`,
    danger: false
  },
  drop: {
    title: "Drop",
    effect: (messages) =>
      `This deletes ${messages} for good. Orders stay as they are: one that is pending is still confirmed, by the watchdog.`,
    danger: true
  }
}

const chosenIn = (values: ReadonlyArray<string>): ReadonlyArray<string> =>
  [...new Set(values)].filter((id) => messageId.test(id)).slice(0, maxChosen)

const confirmation = (visit: Visit, action: Action): Response => {
  const { title, effect, danger } = described[action]
  const ids = chosenIn(visit.query.getAll("id"))
  const isAll = action === "redrive" && visit.query.has("all")
  const isNothing = !isAll && ids.length === 0
  return answerPage(
    visit,
    { title, current: "Dead letters", status: isNothing ? 422 : 200 },
    <div class="narrow">
      <Trail steps={[[path, "Dead letters"]]} />
      <h1>{title}</h1>
      {isNothing ? (
        <>
          <Notice tone="bad">No message was chosen. Nothing was changed.</Notice>
          <p>
            <a href={path}>Back to the dead letters</a>
          </p>
        </>
      ) : (
        <Confirm
          session={visit.session}
          action={`${path}/${action}`}
          title={title}
          effect={effect(isAll ? "all messages that are here" : plural(ids.length, "message"))}
          danger={danger}
          back={path}
        >
          {isAll ? <input type="hidden" name="all" value="1" /> : null}
          {ids.map((id) => (
            <input type="hidden" name="id" value={id} />
          ))}
        </Confirm>
      )}
    </div>
  )
}

export const deadLetterActionPage = (action: Action): Page => ({
  show: (visit) => Effect.succeed(confirmation(visit, action)),

  act: Effect.fnUntraced(function* ({ request, form, ...visit }) {
    const ids = chosenIn(form.getAll("id").filter((id) => typeof id === "string"))
    const isAll = action === "redrive" && form.has("all")
    if (!isAll && ids.length === 0)
      return confirmation({ ...visit, request, query: new URLSearchParams() }, action)
    const move = action === "redrive" ? redriveDeadLetters : dropDeadLetters
    const { matched, notFound, complete } = yield* move(isAll ? "all" : ids)
    return goTo(
      request,
      withQuery(path, {
        done: action,
        matched: String(matched),
        missing: notFound.length > 0 ? "1" : undefined,
        more: complete ? undefined : "1"
      })
    )
  })
})
