// /api/admin/users: operators search users, and administrators disable, enable and log out accounts.
import { Effect, Option, Schema } from "effect"
import {
  disableUser,
  enableUser,
  endSessionsOfUser
} from "../../services/accounts/administerUser.ts"
import { type Customer, User } from "../../services/accounts/model/Account.ts"
import { searchUsers } from "../../services/accounts/searchUsers.ts"
import { UserId } from "../../services/ids.ts"
import { showUser } from "../../services/operations/showUser.ts"
import { adminUserOperations as operations } from "../contract/adminUsers.ts"
import { pageBody } from "../contract/cursor.ts"
import type { Serve } from "../serve.ts"

const encodeUser = Schema.encodeSync(User)

/** A user as operators see one. */
export const encodeAdminUser = ({ user, disabled }: Customer) => ({
  ...encodeUser(user),
  disabled: Option.getOrNull(disabled)
})

export const adminUserRoutes = ({ route }: Serve): void => {
  route(operations.searchUsers, ({ request, query: { email, cursor, limit } }) => {
    const searching = searchUsers({
      email: Option.fromUndefinedOr(email),
      after: Option.map(Option.fromUndefinedOr(cursor), UserId.make),
      limit
    })
    return Effect.map(searching, ({ items, next }) =>
      request.json(pageBody({ items: items.map(encodeAdminUser), next }))
    )
  })

  route(operations.showUser, ({ request, params }) =>
    Effect.map(showUser(UserId.make(params.id)), ({ customer, sessions, orders }) =>
      request.json({ user: encodeAdminUser(customer), sessions, orders })
    )
  )

  route(operations.disableUser, ({ request, principal, params, body }) =>
    Effect.map(disableUser(principal, UserId.make(params.id), body.reason), (customer) =>
      request.json({ user: encodeAdminUser(customer) })
    )
  )

  route(operations.enableUser, ({ request, params, body }) =>
    Effect.map(enableUser(UserId.make(params.id), body.reason), (customer) =>
      request.json({ user: encodeAdminUser(customer) })
    )
  )

  route(operations.endUserSessions, ({ request, params, body }) =>
    Effect.map(endSessionsOfUser(UserId.make(params.id), body.reason), () =>
      request.answer(null, 204)
    )
  )
}
