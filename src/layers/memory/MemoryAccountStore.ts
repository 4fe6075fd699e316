// Accounts in this process's memory. Each operation is synchronous, hence atomic.
import { Effect, Layer, Option } from "effect"
import {
  type Account,
  type Customer,
  type Disabling,
  maxShortCodeFailures,
  type User
} from "../../services/accounts/model/Account.ts"
import {
  type AccessOutcome,
  type AccountQuery,
  AccountStore,
  type PhoneProof,
  phoneProofsKept,
  type RoleOutcome
} from "../../services/accounts/ports/AccountStore.ts"
import type { UserId, VerificationId } from "../../services/ids.ts"
import type { Role } from "../../services/Principal.ts"

const make = (): AccountStore["Service"] => {
  const byId = new Map<UserId, Account>()
  const idByEmail = new Map<string, UserId>()
  const phoneProofs = new Map<UserId, ReadonlyArray<VerificationId>>()

  const find = (id: UserId) => Option.fromUndefinedOr(byId.get(id))

  const findByEmail = (email: string) =>
    Option.flatMap(Option.fromUndefinedOr(idByEmail.get(email)), find)

  const change = (found: Option.Option<Account>, changes: Partial<User>) =>
    Option.map(found, (account) => {
      const user = { ...account.user, ...changes }
      byId.set(user.id, { ...account, user })
      return user
    })

  const update = (
    id: UserId,
    holds: (account: Account) => boolean,
    changes: Omit<Partial<Account>, "user">
  ): boolean => {
    const account = byId.get(id)
    if (account === undefined || !holds(account)) return false
    byId.set(id, { ...account, ...changes })
    return true
  }

  const setPhone = (
    id: UserId,
    version: number,
    { verificationId, phone, phoneRemovals }: PhoneProof
  ) => {
    const proofs = phoneProofs.get(id) ?? []
    const found = Option.filter(
      find(id),
      (account) =>
        account.passwordVersion === version &&
        account.phoneRemovals === phoneRemovals &&
        !proofs.includes(verificationId)
    )
    if (Option.isSome(found))
      phoneProofs.set(id, [...proofs, verificationId].slice(-phoneProofsKept))
    const cleared = Option.map(found, (account) => ({ ...account, codeFailures: 0 }))
    return change(cleared, { phone: Option.some(phone) })
  }

  const removePhone = (id: UserId, version: number) => {
    const before = Option.filter(find(id), ({ passwordVersion }) => passwordVersion === version)
    return Option.map(before, ({ user, ...account }) => {
      byId.set(id, {
        ...account,
        user: { ...user, phone: Option.none() },
        phoneRemovals: account.phoneRemovals + 1
      })
      return user
    })
  }

  const newest = (after: Option.Option<UserId>): ReadonlyArray<Account> =>
    [...byId.values()]
      .filter(({ user }) => Option.isNone(after) || user.id < after.value)
      .toSorted((a, b) => (a.user.id < b.user.id ? 1 : -1))

  const byEmail = (prefix: string, after: Option.Option<UserId>): ReadonlyArray<Account> => {
    const last = Option.map(Option.flatMap(after, find), ({ user }) => user.email)
    if (Option.isSome(after) && Option.isNone(last)) return []
    return [...byId.values()]
      .filter(({ user }) => user.email.startsWith(prefix))
      .filter(({ user }) => Option.isNone(last) || user.email > last.value)
      .toSorted((a, b) => (a.user.email < b.user.email ? -1 : 1))
  }

  const search = ({ prefix, after, limit }: AccountQuery): ReadonlyArray<Customer> =>
    (Option.isSome(prefix) ? byEmail(prefix.value, after) : newest(after))
      .slice(0, limit)
      .map(({ user, disabled }) => ({ user, disabled }))

  const isLastAdmin = ({ user: { id, role }, disabled: own }: Account): boolean =>
    role === "admin" &&
    Option.isNone(own) &&
    ![...byId.values()].some(
      ({ user, disabled }) => user.role === "admin" && user.id !== id && Option.isNone(disabled)
    )

  const setRole = (email: string, role: Role): Option.Option<RoleOutcome> =>
    Option.map(findByEmail(email), (account) => {
      if (role !== "admin" && isLastAdmin(account)) return { _tag: "LastAdmin" }
      const user = { ...account.user, role }
      byId.set(user.id, { ...account, user })
      return { _tag: "Changed", user, before: account.user.role }
    })

  const setDisabled = (
    id: UserId,
    disabled: Option.Option<Disabling>
  ): Option.Option<AccessOutcome> =>
    Option.map(find(id), (account) => {
      const { user } = account
      if (Option.isSome(account.disabled) === Option.isSome(disabled))
        return { _tag: "Unchanged", customer: { user, disabled: account.disabled } }
      if (Option.isSome(disabled) && isLastAdmin(account)) return { _tag: "LastAdmin" }
      byId.set(id, { ...account, disabled })
      return { _tag: "Changed", customer: { user, disabled } }
    })

  return {
    create: (account) =>
      Effect.sync(() => {
        const { id, email } = account.user
        if (idByEmail.has(email)) return false
        if (byId.has(id)) throw new Error("another account has this id")
        byId.set(id, account)
        idByEmail.set(email, id)
        return true
      }),
    findByEmail: (email) => Effect.sync(() => findByEmail(email)),
    findById: (id) => Effect.sync(() => find(id)),
    findUsers: (ids) =>
      Effect.sync(() => [...new Set(ids)].flatMap((id) => byId.get(id)?.user ?? [])),
    countCodeFailure: (id) =>
      Effect.sync(() => {
        const { codeFailures = maxShortCodeFailures } = byId.get(id) ?? {}
        update(id, () => codeFailures < maxShortCodeFailures, { codeFailures: codeFailures + 1 })
      }),
    clearCodeFailures: (id) =>
      Effect.sync(() => {
        update(id, () => true, { codeFailures: 0 })
      }),
    setPassword: (id, version, passwordHash) =>
      Effect.sync(() =>
        update(id, ({ passwordVersion }) => passwordVersion === version, {
          passwordHash,
          passwordVersion: version + 1,
          codeFailures: 0
        })
      ),
    replacePasswordHash: (id, from, to) =>
      Effect.sync(() =>
        update(id, ({ passwordHash }) => passwordHash === from, { passwordHash: to })
      ),
    setPhone: (id, version, proof) => Effect.sync(() => setPhone(id, version, proof)),
    removePhone: (id, version) => Effect.sync(() => removePhone(id, version)),
    changeProfile: (id, changes) => Effect.sync(() => change(find(id), changes)),
    setRole: (email, role) => Effect.sync(() => setRole(email, role)),
    search: (query) => Effect.sync(() => search(query)),
    setDisabled: (id, disabled) => Effect.sync(() => setDisabled(id, disabled))
  }
}

export const layer: Layer.Layer<AccountStore> = Layer.sync(AccountStore, make)
