// What every AccountStore owes its callers.
import { assert, layer } from "@effect/vitest"
import { Array as Arr, Cause, Effect, Exit, type Layer, Option } from "effect"
import {
  type Account,
  maxShortCodeFailures,
  PasswordHash
} from "../../src/services/accounts/model/Account.ts"
import {
  AccountStore,
  type PhoneProof,
  phoneProofsKept
} from "../../src/services/accounts/ports/AccountStore.ts"
import { UserId, VerificationId } from "../../src/services/ids.ts"

const nobody = UserId.make("nobody")
const phone = "+4917012345"

/** By a verification that proves nothing else. */
const aProof = (of = phone, phoneRemovals = 0): PhoneProof => ({
  verificationId: VerificationId.make(crypto.randomUUID()),
  phone: of,
  phoneRemovals
})

const aHash = (what: string): PasswordHash => PasswordHash.make(`$argon2id$${what}`)

const account = (overrides: Partial<Account["user"]> = {}): Account => {
  const id = UserId.make(crypto.randomUUID())
  return {
    user: {
      id,
      email: `${id}@example.com`,
      name: Option.some("Ada"),
      phone: Option.none(),
      role: "user",
      locale: "en",
      createdAt: new Date("2026-01-02T03:04:05.678Z"),
      ...overrides
    },
    passwordHash: aHash(id),
    passwordVersion: 0,
    codeFailures: 0,
    phoneRemovals: 0,
    disabled: Option.none()
  }
}

export const accountStoreContract = <E>(name: string, stores: Layer.Layer<AccountStore, E>): void =>
  layer(stores, { excludeTestServices: true })(name, (it) => {
    it.effect("an account is found by its id and by its email, as it was created", () =>
      Effect.gen(function* () {
        const store = yield* AccountStore
        const plain = account()
        const full = account({
          name: Option.none(),
          phone: Option.some(phone),
          role: "admin",
          locale: "de"
        })
        assert.isTrue(yield* store.create(plain))
        assert.isTrue(yield* store.create(full))
        for (const one of [plain, full]) {
          assert.deepStrictEqual(yield* store.findById(one.user.id), Option.some(one))
          assert.deepStrictEqual(yield* store.findByEmail(one.user.email), Option.some(one))
        }
      })
    )

    it.effect("an unknown id, email or change finds no account", () =>
      Effect.gen(function* () {
        const store = yield* AccountStore
        assert.isTrue(Option.isNone(yield* store.findById(nobody)))
        assert.isTrue(Option.isNone(yield* store.findByEmail("nobody@example.com")))
        assert.isTrue(Option.isNone(yield* store.setPhone(nobody, 0, aProof())))
        assert.isTrue(Option.isNone(yield* store.removePhone(nobody, 0)))
        assert.isTrue(Option.isNone(yield* store.setRole("nobody@example.com", "admin")))
        assert.isTrue(Option.isNone(yield* store.changeProfile(nobody, { locale: "de" })))
        assert.isFalse(yield* store.replacePasswordHash(nobody, aHash("old"), aHash("new")))
        assert.isTrue(Option.isNone(yield* store.findByEmail("nobody@example.com")))
      })
    )

    it.effect("name and language are changed separately or together, and no other field", () =>
      Effect.gen(function* () {
        const store = yield* AccountStore
        const [one, other] = [account({ phone: Option.some(phone) }), account()] as const
        yield* Effect.forEach([one, other], store.create)
        const { id, email } = one.user
        for (const [changes, now] of [
          [{ locale: "de" }, { name: Option.some("Ada"), locale: "de" }],
          [{ name: Option.none() }, { name: Option.none(), locale: "de" }],
          [
            { name: Option.some("Grace"), locale: "en" },
            { name: Option.some("Grace"), locale: "en" }
          ]
        ] as const) {
          const user = { ...one.user, ...now }
          assert.deepStrictEqual(yield* store.changeProfile(id, changes), Option.some(user))
          assert.deepStrictEqual(yield* store.findByEmail(email), Option.some({ ...one, user }))
        }
        assert.deepStrictEqual(yield* store.findById(other.user.id), Option.some(other))
      })
    )

    it.effect("of 20 concurrent accounts for one email, one is created and stays", () =>
      Effect.gen(function* () {
        const store = yield* AccountStore
        const email = `${crypto.randomUUID()}@example.com`
        const rivals = Array.from({ length: 20 }, () => account({ email }))
        const created = yield* Effect.forEach(rivals, store.create, { concurrency: "unbounded" })
        const winners = rivals.filter((_, index) => created[index])
        assert.strictEqual(winners.length, 1)
        assert.deepStrictEqual(yield* store.findByEmail(email), Option.fromNullishOr(winners[0]))
        const stored = yield* Effect.forEach(rivals, ({ user }) => store.findById(user.id))
        assert.strictEqual(stored.filter(Option.isSome).length, 1)
      })
    )

    it.effect(
      "of 20 concurrent creations of one account, one creates it and the others find it",
      () =>
        Effect.gen(function* () {
          const store = yield* AccountStore
          for (let round = 0; round < 5; round++) {
            const one = account()
            const created = yield* Effect.all(
              Array.from({ length: 20 }, () =>
                Effect.gen(function* () {
                  const first = yield* store.create(one)
                  assert.deepStrictEqual(yield* store.findById(one.user.id), Option.some(one))
                  return first
                })
              ),
              { concurrency: "unbounded" }
            )
            assert.strictEqual(created.filter((first) => first).length, 1)
            assert.isFalse(yield* store.create(one))
          }
        })
    )

    it.effect(
      "an account with the email of another one is not created, one with its id is a defect",
      () =>
        Effect.gen(function* () {
          const store = yield* AccountStore
          const [one, other] = [account(), account()] as const
          yield* store.create(one)
          const sameEmail = account({ id: other.user.id, email: one.user.email })
          assert.isFalse(yield* store.create(sameEmail))
          const sameId = account({ id: one.user.id, email: other.user.email })
          const exit = yield* Effect.exit(store.create(sameId))
          assert.isTrue(Exit.isFailure(exit) && Cause.hasDies(exit.cause))
          assert.deepStrictEqual(yield* store.findById(one.user.id), Option.some(one))
          assert.deepStrictEqual(yield* store.findByEmail(one.user.email), Option.some(one))
          assert.isTrue(Option.isNone(yield* store.findById(other.user.id)))
          assert.isTrue(Option.isNone(yield* store.findByEmail(other.user.email)))
          assert.isTrue(yield* store.create(other))
        })
    )

    it.effect("a batch of ids finds the users that exist, each once, without their hash", () =>
      Effect.gen(function* () {
        const store = yield* AccountStore
        const [ada, bob, other] = [account(), account({ role: "admin" }), account()] as const
        yield* Effect.forEach([ada, bob, other], store.create)
        const found = yield* store.findUsers([ada.user.id, nobody, bob.user.id, ada.user.id])
        const sorted = [...found].sort((a, b) => a.id.localeCompare(b.id))
        assert.deepStrictEqual(
          sorted,
          [ada.user, bob.user].sort((a, b) => a.id.localeCompare(b.id))
        )
        assert.deepStrictEqual(yield* store.findUsers([]), [])
      })
    )

    it.effect(
      "a password hash is replaced only if it is the one that was read, and no other field",
      () =>
        Effect.gen(function* () {
          const store = yield* AccountStore
          const before = account({ phone: Option.some(phone) })
          const other = account()
          yield* Effect.forEach([before, other], store.create)
          const { id, email } = before.user
          const from = before.passwordHash
          assert.isFalse(yield* store.replacePasswordHash(id, other.passwordHash, aHash("new")))
          assert.deepStrictEqual(yield* store.findById(id), Option.some(before))
          assert.isTrue(yield* store.replacePasswordHash(id, from, aHash("new")))
          const after = { ...before, passwordHash: aHash("new") }
          assert.deepStrictEqual(yield* store.findById(id), Option.some(after))
          assert.deepStrictEqual(yield* store.findByEmail(email), Option.some(after))
          assert.isFalse(yield* store.replacePasswordHash(id, from, aHash("late")))
          assert.deepStrictEqual(yield* store.findById(id), Option.some(after))
          assert.deepStrictEqual(yield* store.findById(other.user.id), Option.some(other))
        })
    )

    it.effect("of 20 concurrent replacements of one password hash, one succeeds", () =>
      Effect.gen(function* () {
        const store = yield* AccountStore
        const before = account()
        const { user, passwordHash } = before
        yield* store.create(before)
        const hashes = Array.from({ length: 20 }, (_, index) => aHash(`${index}`))
        const replaced = yield* Effect.forEach(
          hashes,
          (hash) => store.replacePasswordHash(user.id, passwordHash, hash),
          { concurrency: "unbounded" }
        )
        const winners = hashes.filter((_, index) => replaced[index])
        assert.lengthOf(winners, 1)
        const stored = Option.getOrThrow(yield* store.findById(user.id))
        assert.strictEqual(stored.passwordHash, winners[0])
      })
    )

    it.effect("a proven phone and a role change only themselves", () =>
      Effect.gen(function* () {
        const store = yield* AccountStore
        const before = account()
        yield* store.create(before)
        const { id, email } = before.user
        const withPhone = { ...before.user, phone: Option.some(phone) }
        assert.deepStrictEqual(
          yield* store.setPhone(id, before.passwordVersion, aProof()),
          Option.some(withPhone)
        )
        const asAdmin = { ...withPhone, role: "admin" as const }
        assert.deepStrictEqual(
          yield* store.setRole(email, "admin"),
          Option.some({ _tag: "Changed", user: asAdmin, before: "user" })
        )
        assert.deepStrictEqual(
          yield* store.findByEmail(email),
          Option.some({ ...before, user: asAdmin })
        )
      })
    )

    it.effect("a phone is set only while the password has the given version", () =>
      Effect.gen(function* () {
        const store = yield* AccountStore
        const before = account()
        yield* store.create(before)
        const { id } = before.user
        assert.isTrue(Option.isNone(yield* store.setPhone(id, 1, aProof())))
        assert.isTrue(yield* store.setPassword(id, 0, aHash("1")))
        assert.isTrue(Option.isNone(yield* store.setPhone(id, 0, aProof())))
        assert.deepStrictEqual(
          Option.getOrThrow(yield* store.findById(id)).user.phone,
          Option.none()
        )
        assert.isTrue(Option.isSome(yield* store.setPhone(id, 1, aProof())))
      })
    )

    it.effect("a phone is removed only while the password has the given version", () =>
      Effect.gen(function* () {
        const store = yield* AccountStore
        const before = account()
        yield* store.create(before)
        const { id } = before.user
        assert.deepStrictEqual(yield* store.removePhone(id, 0), Option.some(before.user))
        const withPhone = yield* store.setPhone(id, 0, aProof(phone, 1))
        assert.isTrue(Option.isNone(yield* store.removePhone(id, 1)))
        assert.deepStrictEqual(
          Option.map(yield* store.findById(id), ({ user }) => user),
          withPhone
        )
        assert.deepStrictEqual(yield* store.removePhone(id, 0), withPhone)
        assert.deepStrictEqual(
          yield* store.findById(id),
          Option.some({ ...before, phoneRemovals: 2 })
        )
        assert.isTrue(yield* store.setPassword(id, 0, aHash("1")))
        assert.isTrue(Option.isNone(yield* store.removePhone(id, 0)))
      })
    )

    it.effect("a removal ends the account's earlier verifications of a phone", () =>
      Effect.gen(function* () {
        const store = yield* AccountStore
        const [one, other] = [account(), account()] as const
        yield* Effect.forEach([one, other], store.create)
        const { id } = one.user
        const phoneOf = Effect.map(
          store.findById(id),
          Option.flatMap(({ user }) => user.phone)
        )
        const pending = aProof()
        yield* store.setPhone(id, 0, aProof("+4917054321"))
        for (const removals of [1, 2]) {
          yield* store.removePhone(id, 0)
          assert.isTrue(Option.isNone(yield* store.setPhone(id, 0, pending)))
          assert.isTrue(Option.isNone(yield* store.setPhone(id, 0, aProof(phone, removals - 1))))
          assert.deepStrictEqual(yield* phoneOf, Option.none())
        }
        assert.isTrue(Option.isSome(yield* store.setPhone(id, 0, aProof(phone, 2))))
        assert.deepStrictEqual(yield* phoneOf, Option.some(phone))
        assert.isTrue(Option.isSome(yield* store.setPhone(other.user.id, 0, aProof())))
      })
    )

    it.effect("after a concurrent removal and verification the phone is never left", () =>
      Effect.gen(function* () {
        const store = yield* AccountStore
        for (let round = 0; round < 10; round++) {
          const before = account()
          yield* store.create(before)
          const { id } = before.user
          yield* Effect.all([store.setPhone(id, 0, aProof()), store.removePhone(id, 0)], {
            concurrency: "unbounded"
          })
          const { user } = Option.getOrThrow(yield* store.findById(id))
          assert.deepStrictEqual(user.phone, Option.none())
        }
      })
    )

    it.effect("of 20 concurrent removals of a phone, one removes it", () =>
      Effect.gen(function* () {
        const store = yield* AccountStore
        const before = account()
        yield* store.create(before)
        const { id } = before.user
        yield* store.setPhone(id, 0, aProof())
        const users = yield* Effect.all(
          Arr.makeBy(20, () => store.removePhone(id, 0)),
          { concurrency: "unbounded" }
        )
        const phones = users.flatMap((user) => Option.toArray(Option.getOrThrow(user).phone))
        assert.deepStrictEqual(phones, [phone])
      })
    )

    it.effect("a verification sets its phone once, also after another phone was set", () =>
      Effect.gen(function* () {
        const store = yield* AccountStore
        const before = account()
        yield* store.create(before)
        const { id } = before.user
        const [proof, next] = [aProof(), aProof("+4917054321")]
        assert.isTrue(Option.isSome(yield* store.setPhone(id, 0, proof)))
        assert.isTrue(Option.isNone(yield* store.setPhone(id, 0, proof)))
        assert.isTrue(Option.isSome(yield* store.setPhone(id, 0, next)))
        for (const repeated of [proof, next])
          assert.isTrue(Option.isNone(yield* store.setPhone(id, 0, repeated)))
        const { user } = Option.getOrThrow(yield* store.findById(id))
        assert.deepStrictEqual(user.phone, Option.some(next.phone))
      })
    )

    it.effect("of 20 concurrent uses of a phone's verification, one sets it", () =>
      Effect.gen(function* () {
        const store = yield* AccountStore
        const before = account()
        yield* store.create(before)
        const proof = aProof()
        const set = yield* Effect.all(
          Array.from({ length: 20 }, () => store.setPhone(before.user.id, 0, proof)),
          { concurrency: "unbounded" }
        )
        assert.strictEqual(set.filter(Option.isSome).length, 1)
      })
    )

    it.effect("the newest verifications of a phone are remembered, older ones are not", () =>
      Effect.gen(function* () {
        const store = yield* AccountStore
        const before = account()
        yield* store.create(before)
        const set = (proof: PhoneProof) =>
          Effect.map(store.setPhone(before.user.id, 0, proof), Option.isSome)
        const proofs = Array.from({ length: phoneProofsKept + 1 }, () => aProof())
        for (const proof of proofs) assert.isTrue(yield* set(proof))
        for (const proof of proofs.slice(1)) assert.isFalse(yield* set(proof))
        for (const proof of proofs.slice(0, 1)) assert.isTrue(yield* set(proof))
      })
    )

    const failuresOf = (id: UserId) =>
      AccountStore.use((store) => store.findById(id)).pipe(
        Effect.map((found) => Option.getOrThrow(found).codeFailures)
      )

    it.effect("wrong codes are counted one by one, up to 100, and change nothing else", () =>
      Effect.gen(function* () {
        const store = yield* AccountStore
        const [before, other] = [account(), account()] as const
        yield* Effect.forEach([before, other], store.create)
        const { id, email } = before.user
        yield* store.countCodeFailure(id)
        assert.deepStrictEqual(
          yield* store.findById(id),
          Option.some({ ...before, codeFailures: 1 })
        )
        const count = store.countCodeFailure(id)
        yield* Effect.all(
          Arr.makeBy(50, () => count),
          { concurrency: "unbounded" }
        )
        assert.strictEqual(yield* failuresOf(id), 51)
        yield* Effect.all(
          Arr.makeBy(60, () => count),
          { concurrency: "unbounded" }
        )
        assert.deepStrictEqual(
          yield* store.findByEmail(email),
          Option.some({ ...before, codeFailures: maxShortCodeFailures })
        )
        assert.deepStrictEqual(yield* store.findById(other.user.id), Option.some(other))
      })
    )

    it.effect("wrong codes of an unknown account are not counted", () =>
      Effect.gen(function* () {
        const store = yield* AccountStore
        yield* store.countCodeFailure(nobody)
        yield* store.clearCodeFailures(nobody)
        assert.isTrue(Option.isNone(yield* store.findById(nobody)))
      })
    )

    it.effect(
      "a count of wrong codes is cleared, also by a new password and a verified phone",
      () =>
        Effect.gen(function* () {
          const store = yield* AccountStore
          const before = account()
          yield* store.create(before)
          const { id } = before.user
          yield* store.countCodeFailure(id)
          yield* store.clearCodeFailures(id)
          assert.deepStrictEqual(yield* store.findById(id), Option.some(before))
          yield* store.countCodeFailure(id)
          assert.isFalse(yield* store.setPassword(id, 1, aHash("1")))
          assert.isTrue(Option.isNone(yield* store.setPhone(id, 1, aProof())))
          assert.strictEqual(yield* failuresOf(id), 1)
          yield* store.setPassword(id, 0, aHash("1"))
          assert.strictEqual(yield* failuresOf(id), 0)
          yield* store.countCodeFailure(id)
          yield* store.setPhone(id, 1, aProof())
          assert.strictEqual(yield* failuresOf(id), 0)
        })
    )

    it.effect("a new password changes only the hash and the version", () =>
      Effect.gen(function* () {
        const store = yield* AccountStore
        const before = account()
        yield* store.create(before)
        const { id } = before.user
        assert.isTrue(yield* store.setPassword(id, 0, aHash("1")))
        assert.isTrue(yield* store.setPassword(id, 1, aHash("2")))
        const after = { ...before, passwordHash: aHash("2"), passwordVersion: 2 }
        assert.deepStrictEqual(yield* store.findById(id), Option.some(after))
      })
    )

    it.effect("a password of another version is not replaced, nor one of an unknown account", () =>
      Effect.gen(function* () {
        const store = yield* AccountStore
        const before = account()
        yield* store.create(before)
        const { id } = before.user
        assert.isFalse(yield* store.setPassword(id, 1, aHash("1")))
        assert.isFalse(yield* store.setPassword(nobody, 0, aHash("1")))
        assert.deepStrictEqual(yield* store.findById(id), Option.some(before))
        assert.isTrue(Option.isNone(yield* store.findById(nobody)))
      })
    )

    it.effect("of 20 concurrent changes of one password, one succeeds and stays", () =>
      Effect.gen(function* () {
        const store = yield* AccountStore
        const before = account()
        yield* store.create(before)
        const { id } = before.user
        const rivals = Array.from({ length: 20 }, (_, i) => aHash(`${i}`))
        const changed = yield* Effect.forEach(rivals, (hash) => store.setPassword(id, 0, hash), {
          concurrency: "unbounded"
        })
        const winners = rivals.filter((_, index) => changed[index])
        assert.strictEqual(winners.length, 1)
        const [passwordHash] = winners
        assert(passwordHash !== undefined)
        assert.deepStrictEqual(
          yield* store.findById(id),
          Option.some({ ...before, passwordHash, passwordVersion: 1 })
        )
      })
    )

    it.effect("a renewed hash never undoes a new password, in any interleaving", () =>
      Effect.gen(function* () {
        const store = yield* AccountStore
        for (let round = 0; round < 10; round++) {
          const before = account()
          yield* store.create(before)
          const { id } = before.user
          const [, changed] = yield* Effect.all(
            [
              store.replacePasswordHash(id, before.passwordHash, aHash("rehashed")),
              store.setPassword(id, 0, aHash("changed"))
            ],
            { concurrency: "unbounded" }
          )
          assert.isTrue(changed)
          const after = { ...before, passwordHash: aHash("changed"), passwordVersion: 1 }
          assert.deepStrictEqual(yield* store.findById(id), Option.some(after))
        }
      })
    )

    it.effect("accounts are listed newest first, page by page, without their secrets", () =>
      Effect.gen(function* () {
        const store = yield* AccountStore
        // Ids that sort behind all others here.
        const made = [1, 2, 3].map((n) =>
          account({ id: UserId.make(`~${crypto.randomUUID().slice(0, 8)}${n}`) })
        )
        const sorted = made.toSorted((a, b) => (a.user.id < b.user.id ? 1 : -1))
        yield* Effect.forEach(made, store.create)
        const page = (after: Option.Option<UserId>, limit: number) =>
          store.search({ prefix: Option.none(), after, limit })
        const first = yield* page(Option.none(), 2)
        const after = Option.map(Arr.last(first), ({ user }) => user.id)
        const [third] = yield* page(after, 1)
        assert.deepStrictEqual(
          [...first, third],
          sorted.map(({ user, disabled }) => ({ user, disabled }))
        )
      })
    )

    it.effect("accounts are found by the beginning of their address, in order of address", () =>
      Effect.gen(function* () {
        const store = yield* AccountStore
        const prefix = crypto.randomUUID()
        const emails = ["b@example.com", "a.+x@example.com", "a@example.com"].map(
          (end) => `${prefix}${end}`
        )
        for (const email of [...emails, `x${prefix}@example.com`])
          yield* store.create(account({ email }))
        const find = (beginning: string, after: Option.Option<UserId> = Option.none(), limit = 9) =>
          store.search({ prefix: Option.some(beginning), after, limit })
        const addresses = (found: Effect.Success<ReturnType<typeof find>>) =>
          found.map(({ user }) => user.email)
        const sorted = emails.toSorted()
        const all = yield* find(prefix)
        assert.deepStrictEqual(addresses(all), sorted)
        const second = Option.fromUndefinedOr(all[1]?.user.id)
        assert.deepStrictEqual(addresses(yield* find(prefix, second)), sorted.slice(2))
        assert.deepStrictEqual(addresses(yield* find(prefix, Option.none(), 1)), sorted.slice(0, 1))
        // What would match anything in a pattern.
        assert.deepStrictEqual(addresses(yield* find(`${prefix}a.`)), [`${prefix}a.+x@example.com`])
        assert.deepStrictEqual(addresses(yield* find(`${prefix}.*`)), [])
        assert.deepStrictEqual(yield* find(prefix, Option.some(nobody)), [])
      })
    )

    it.effect("an account is disabled and enabled, which changes nothing else", () =>
      Effect.gen(function* () {
        const store = yield* AccountStore
        const before = account()
        const { id } = before.user
        yield* store.create(before)
        const disabled = Option.some({ at: new Date("2026-02-03T04:05:06.789Z"), reason: "stolen" })
        const customer = { user: before.user, disabled }
        assert.deepStrictEqual(
          yield* store.setDisabled(id, disabled),
          Option.some({ _tag: "Changed", customer })
        )
        // A second call changes neither the time nor the reason.
        const later = Option.some({ at: new Date(0), reason: "again" })
        assert.deepStrictEqual(
          yield* store.setDisabled(id, later),
          Option.some({ _tag: "Unchanged", customer })
        )
        assert.deepStrictEqual(yield* store.findById(id), Option.some({ ...before, disabled }))
        const enabled = { user: before.user, disabled: Option.none() }
        assert.deepStrictEqual(
          yield* store.setDisabled(id, Option.none()),
          Option.some({ _tag: "Changed", customer: enabled })
        )
        assert.deepStrictEqual(
          yield* store.setDisabled(id, Option.none()),
          Option.some({ _tag: "Unchanged", customer: enabled })
        )
        assert.deepStrictEqual(yield* store.findById(id), Option.some(before))
        assert.deepStrictEqual(yield* store.setDisabled(nobody, later), Option.none())
      })
    )

    it.effect("of 20 concurrent calls that disable one account, one changes it", () =>
      Effect.gen(function* () {
        const store = yield* AccountStore
        const one = account()
        yield* store.create(one)
        const outcomes = yield* Effect.forEach(
          Arr.range(1, 20),
          (n) => store.setDisabled(one.user.id, Option.some({ at: new Date(n), reason: `${n}` })),
          { concurrency: "unbounded" }
        )
        const changed = outcomes.filter(Option.exists(({ _tag }) => _tag === "Changed"))
        assert.strictEqual(changed.length, 1)
      })
    )

    const disabling = Option.some({ at: new Date(0), reason: "a test" })

    const tagOf = (outcome: Option.Option<{ readonly _tag: string }>) =>
      Option.getOrThrow(outcome)._tag

    /** Four admins more, and all that are there, of other tests too: those are not meant to be left. */
    const everyAdmin = Effect.gen(function* () {
      const store = yield* AccountStore
      const mine = [1, 2, 3, 4].map(() => account({ role: "admin" }))
      yield* Effect.forEach(mine, store.create)
      const all = yield* store.search({ prefix: Option.none(), after: Option.none(), limit: 1000 })
      return all.filter(({ user, disabled }) => user.role === "admin" && Option.isNone(disabled))
    })

    it.effect.each([
      ["all are disabled", ["disable"]],
      ["all lose their role", ["user"]],
      ["all get another role", ["support"]],
      ["some are disabled and others lose their role", ["disable", "user", "support"]]
    ] as const)("one admin is left, also when %s concurrently", ([, ways]) =>
      Effect.gen(function* () {
        const store = yield* AccountStore
        const admins = yield* everyAdmin
        const outcomes = yield* Effect.forEach(
          admins,
          ({ user }, index) => {
            const way = ways[index % ways.length] ?? ways[0]
            return way === "disable"
              ? Effect.map(store.setDisabled(user.id, disabling), tagOf)
              : Effect.map(store.setRole(user.email, way), tagOf)
          },
          { concurrency: 4 }
        )
        assert.strictEqual(outcomes.filter((tag) => tag === "LastAdmin").length, 1)
        const left = yield* Effect.forEach(admins, ({ user }) => store.findById(user.id))
        const usable = left.filter(
          Option.exists(({ user, disabled }) => user.role === "admin" && Option.isNone(disabled))
        )
        assert.strictEqual(usable.length, 1)
        for (const { user } of admins) {
          yield* store.setRole(user.email, "admin")
          yield* store.setDisabled(user.id, Option.none())
        }
      })
    )

    it.effect(
      "the last admin keeps the role, also while an admin with a disabled account is there",
      () =>
        Effect.gen(function* () {
          const store = yield* AccountStore
          const [last, disabled] = [account({ role: "admin" }), account({ role: "admin" })] as const
          const others = yield* everyAdmin
          yield* Effect.forEach([last, disabled], store.create)
          yield* Effect.forEach([...others, disabled], ({ user }) =>
            store.setDisabled(user.id, disabling)
          )
          for (const role of ["user", "support"] as const)
            assert.deepStrictEqual(
              yield* store.setRole(last.user.email, role),
              Option.some({ _tag: "LastAdmin" })
            )
          assert.deepStrictEqual(yield* store.findById(last.user.id), Option.some(last))
          // The role of one who can't use it is taken, also when no other admin is left.
          assert.deepStrictEqual(
            yield* store.setRole(disabled.user.email, "user"),
            Option.some({
              _tag: "Changed",
              user: { ...disabled.user, role: "user" as const },
              before: "admin"
            })
          )
          yield* Effect.forEach(others, ({ user }) => store.setDisabled(user.id, Option.none()))
        })
    )
  })
