// `users list|show|disable|enable` of the command line.
import { Effect, Option } from "effect"
import { AdminUsersQuery } from "../../api/contract/adminUsers.ts"
import { pageBody } from "../../api/contract/cursor.ts"
import { encodeAdminUser } from "../../api/routes/adminUsers.ts"
import { disableUser, enableUser } from "../../services/accounts/administerUser.ts"
import { type Customer, normalizeEmail } from "../../services/accounts/model/Account.ts"
import { AccountNotFound } from "../../services/accounts/model/errors.ts"
import { accessTokenSeconds } from "../../services/accounts/model/Session.ts"
import { AccountStore } from "../../services/accounts/ports/AccountStore.ts"
import { searchUsers } from "../../services/accounts/searchUsers.ts"
import { UserId } from "../../services/ids.ts"
import { showUser } from "../../services/operations/showUser.ts"
import { formatMoney } from "../../services/products/model/money.ts"
import { idPattern } from "../../services/runtime/IdGenerator.ts"
import { InvalidArgument, operator, queryFrom, reasonFrom } from "./arguments.ts"
import type { Settings } from "./Command.ts"
import { answer } from "./Manner.ts"
import { alignColumns, moreLine } from "./table.ts"

const accessOf = ({ disabled }: Customer): string =>
  Option.match(disabled, {
    onNone: () => "enabled",
    onSome: ({ at, reason }) => `disabled since ${at.toISOString()}: ${reason}`
  })

export const list = Effect.fnUntraced(function* (beginning: string | undefined, given: Settings) {
  const { email, cursor, limit } = yield* queryFrom(AdminUsersQuery, {
    ...given,
    ...(beginning === undefined ? {} : { email: beginning })
  })
  const page = yield* searchUsers({
    email: Option.fromUndefinedOr(email),
    after: Option.map(Option.fromUndefinedOr(cursor), UserId.make),
    limit
  })
  const rows = page.items.map((customer) => {
    const { id, email: address, role, createdAt } = customer.user
    return [id, address, role, createdAt.toISOString(), accessOf(customer)]
  })
  const body = pageBody({ ...page, items: page.items.map(encodeAdminUser) })
  yield* answer({
    json: body,
    text: [
      ...(rows.length > 0
        ? alignColumns([["ID", "EMAIL", "ROLE", "SINCE", "ACCESS"], ...rows])
        : []),
      moreLine(`${rows.length} users`, body.nextCursor)
    ]
  })
})

/** The id of the user whom an id or an address names. */
const userId = Effect.fnUntraced(function* (text: string) {
  if (idPattern.test(text)) return UserId.make(text)
  if (!text.includes("@"))
    return yield* new InvalidArgument({
      message: `"${text}" is no user's id, which has 32 digits from 0 to f in lower case, and no address.`
    })
  const email = normalizeEmail(text)
  const account = yield* AccountStore.use((store) => store.findByEmail(email))
  if (Option.isNone(account)) return yield* new AccountNotFound({ email })
  return account.value.user.id
})

export const show = Effect.fnUntraced(function* (text: string) {
  const { customer, sessions, orders } = yield* showUser(yield* userId(text))
  const { id, email, name, phone, role, createdAt } = customer.user
  const none = () => "-"
  yield* answer({
    json: { user: encodeAdminUser(customer), sessions, orders },
    text: [
      ...alignColumns([
        ["user", id],
        ["email", email],
        ["name", Option.getOrElse(name, none)],
        ["phone", Option.getOrElse(phone, none)],
        ["role", role],
        ["since", createdAt.toISOString()],
        ["access", accessOf(customer)]
      ]),
      "",
      ...alignColumns([
        ["SESSION", "SINCE", "LAST USED", "ENDS"],
        ...sessions.map((session) => [
          session.id,
          ...[session.createdAt, session.lastUsedAt, session.expiresAt].map((at) =>
            at.toISOString()
          )
        ])
      ]),
      "",
      ...alignColumns([
        ["ORDER", "ID", "PLACED", "STATUS", "TOTAL"],
        ...orders.map((order) => [
          order.number,
          order.id,
          order.createdAt.toISOString(),
          order.status,
          formatMoney(order.total, order.currency)
        ])
      ])
    ]
  })
})

const changed = (customer: Customer, sentence: string) =>
  answer({
    json: { user: encodeAdminUser(customer) },
    text: [`${customer.user.email} ${sentence}`]
  })

export const disable = Effect.fnUntraced(function* (text: string, words: ReadonlyArray<string>) {
  const reason = yield* reasonFrom(words.join(" "))
  const customer = yield* disableUser(operator, yield* userId(text), reason)
  yield* changed(
    customer,
    `is disabled, and all sessions have ended; a token that is out lasts at most ${accessTokenSeconds / 60} minutes`
  )
})

export const enable = Effect.fnUntraced(function* (text: string, words: ReadonlyArray<string>) {
  const reason = yield* reasonFrom(words.join(" "))
  yield* changed(
    yield* enableUser(yield* userId(text), reason),
    "is enabled, from the next login on"
  )
})
