// The audit events, newest first: by what happened, and by whom or to whom.
import { Effect, Option } from "effect"
import * as z from "zod"
import { auditKinds } from "../../services/audit/AuditEvent.ts"
import { listEvents } from "../../services/audit/listEvents.ts"
import { EventId, UserId } from "../../services/ids.ts"
import { Id } from "../contract/fields.ts"
import { EventTable, emailsIn } from "./events.tsx"
import { answerPage } from "./layout.tsx"
import type { Page } from "./Page.ts"
import { Choice, Empty, Field, Pages, SearchForm } from "./parts.tsx"

const path = "/console/audit"
const limit = 50

/** What a link or the form says; what does not fit is as if it was not said. */
const Query = z.object({
  kind: z.enum(auditKinds).optional().catch(undefined),
  user: Id.optional().catch(undefined),
  cursor: Id.optional().catch(undefined)
})

export const auditPage: Page = {
  show: Effect.fnUntraced(function* (visit) {
    const { query, at } = visit
    const { kind, user, cursor } = Query.parse(Object.fromEntries(query))
    const { items, next } = yield* listEvents({
      kind: Option.fromUndefinedOr(kind),
      userId: Option.map(Option.fromUndefinedOr(user), UserId.make),
      before: Option.map(Option.fromUndefinedOr(cursor), EventId.make),
      limit
    })
    const emails = yield* emailsIn(items)
    return answerPage(
      visit,
      { title: "Audit", current: "Audit" },
      <>
        <h1>Audit</h1>
        <SearchForm name="Audit events" path={path} submit="Show">
          <Choice
            name="kind"
            label="What"
            chosen={kind ?? ""}
            options={[
              ["", "anything"],
              ...auditKinds.map((name) => [name, name.replaceAll("_", " ")] as const)
            ]}
          />
          <Field
            name="user"
            label="User id"
            value={user ?? ""}
            hint="Who did it, or to whom it was done."
            autocomplete="off"
          />
        </SearchForm>
        {items.length === 0 ? (
          <Empty>No event fits. The newest events are kept, and the log has all of them.</Empty>
        ) : (
          <EventTable caption="Audit events" events={items} emails={emails} at={at} />
        )}
        <Pages path={path} query={query} next={next} />
      </>
    )
  })
}
