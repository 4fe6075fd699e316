// Customers: found by their address, or listed.
import { Effect, Option } from "effect"
import type { Child } from "hono/jsx"
import * as z from "zod"
import { searchUsers } from "../../services/accounts/searchUsers.ts"
import { UserId } from "../../services/ids.ts"
import { Id } from "../contract/fields.ts"
import { answerPage } from "./layout.tsx"
import type { Page } from "./Page.ts"
import { Badge, Empty, Field, Nothing, Pages, SearchForm, Table, Time } from "./parts.tsx"

const path = "/console/customers"
const limit = 50

const Query = z.object({
  email: z
    .string()
    .trim()
    .regex(/^[\x21-\x7e]{1,254}$/u)
    .optional()
    .catch(undefined),
  cursor: Id.optional().catch(undefined)
})

export const customersPage: Page = {
  show: Effect.fnUntraced(function* (visit) {
    const { at } = visit
    const { email, cursor } = Query.parse(Object.fromEntries(visit.query))
    const { items, next } = yield* searchUsers({
      email: Option.fromUndefinedOr(email),
      after: Option.map(Option.fromUndefinedOr(cursor), UserId.make),
      limit
    })
    return answerPage(
      visit,
      { title: "Customers", current: "Customers" },
      <>
        <h1>Customers</h1>
        <SearchForm name="Customers" path={path}>
          <Field
            name="email"
            label="Email"
            hint="An address, or how it begins."
            value={email ?? ""}
            autocomplete="off"
          />
        </SearchForm>
        {items.length === 0 ? (
          <Empty>
            {email === undefined
              ? "There is no account yet."
              : "No address begins like this. Only the beginning is searched."}
          </Empty>
        ) : (
          <Table
            caption="Customers"
            columns={[
              {
                head: "Email",
                cell: ({ user }) => <a href={`${path}/${user.id}`}>{user.email}</a>
              },
              {
                head: "Name",
                cell: ({ user }) => Option.getOrElse<Child, Child>(user.name, () => <Nothing />)
              },
              {
                head: "Access",
                cell: ({ user, disabled }) => (
                  <span class="badges">
                    {Option.isSome(disabled) ? <Badge tone="bad">disabled</Badge> : null}
                    {user.role === "user" ? null : <Badge tone="busy">{user.role}</Badge>}
                    {Option.isNone(disabled) && user.role === "user" ? (
                      <Badge tone="good">enabled</Badge>
                    ) : null}
                  </span>
                )
              },
              {
                head: "Registered",
                cell: ({ user }) => <Time at={user.createdAt} now={at} />
              }
            ]}
            rows={items}
          />
        )}
        <Pages path={path} query={visit.query} next={next} />
      </>
    )
  })
}
