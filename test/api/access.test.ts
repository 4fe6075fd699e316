// Who may call what: every operation as each kind of caller.
import { Effect } from "effect"
import { assert, beforeAll, describe, it } from "vitest"
import type { Caller, Operation } from "../../src/api/contract/operation.ts"
import { operationsOf } from "../../src/api/openapi.ts"
import { grantRole, revokeAdmin } from "../../src/services/accounts/changeRole.ts"
import {
  accessTokenSeconds,
  newSession,
  TokenId
} from "../../src/services/accounts/model/Session.ts"
import { SessionStore } from "../../src/services/accounts/ports/SessionStore.ts"
import { TokenSigner } from "../../src/services/accounts/ports/TokenSigner.ts"
import { SessionId, UserId } from "../../src/services/ids.ts"
import type { Principal } from "../../src/services/Principal.ts"
import { IdGenerator } from "../../src/services/runtime/IdGenerator.ts"
import { addSeconds, now } from "../../src/services/time.ts"
import type { Answer } from "../../tools/harness/openapi.ts"
import { type Embedded, embedded } from "../conformance/embedded.ts"
import { eventually, expectProblem, openWorld, unique, type World } from "../conformance/world.ts"

const operations: ReadonlyArray<Operation> = operationsOf({ mailbox: true, openMetrics: false })
const metricsToken = "metrics!token"

const callers = [
  "anonymous",
  "garbage",
  "expired",
  "owner",
  "other",
  "support",
  "admin",
  "metrics"
] as const
type CallerName = (typeof callers)[number]

/** What an operation answers to whom: allowed, or the code of the refusal. */
type Verdicts = { readonly [K in CallerName]: "allowed" | string }

const all = (verdict: string): Verdicts => ({
  anonymous: verdict,
  garbage: verdict,
  expired: verdict,
  owner: verdict,
  other: verdict,
  support: verdict,
  admin: verdict,
  metrics: verdict
})

const user: Verdicts = {
  anonymous: "unauthorized",
  garbage: "invalid_token",
  expired: "token_expired",
  owner: "allowed",
  other: "allowed",
  support: "allowed",
  admin: "allowed",
  // A token with characters that no access token has.
  metrics: "unauthorized"
}

const verdicts: { readonly [K in Caller]: Verdicts } = {
  anyone: all("allowed"),
  // The refresh token is in the body.
  session: all("allowed"),
  user,
  owner: { ...user, other: "not_found" },
  staff: { ...user, owner: "forbidden", other: "forbidden" },
  admin: { ...user, owner: "forbidden", other: "forbidden", support: "forbidden" },
  metrics: { ...all("unauthorized"), metrics: "allowed" }
}

describe("every operation", () => {
  let system: Embedded
  let world: World
  let supportId: string
  let tokens: { readonly [K in CallerName]: string | undefined }

  beforeAll(async () => {
    system = await embedded({ app: { metricsToken, dev: false } })
    world = await openWorld(system)
    const { ada, bob, admin, join, login } = world
    const principal: Principal = {
      userId: UserId.make(ada.id),
      sessionId: SessionId.make(unique("session")),
      role: "admin"
    }
    const expired = await system.run(
      Effect.gen(function* () {
        const at = addSeconds(yield* now, -accessTokenSeconds - 1)
        return yield* TokenSigner.use((signer) => signer.signAccess(principal, at))
      })
    )
    const support = await join("support")
    supportId = support.id
    await system.run(grantRole(support.email, "support"))
    tokens = {
      anonymous: undefined,
      garbage: `${ada.token.slice(0, -4)}AAAA`,
      expired,
      owner: ada.token,
      other: bob.token,
      support: (await login(support.email, support.password)).token,
      admin: admin.token,
      metrics: metricsToken
    }
    return () => system[Symbol.asyncDispose]()
  })

  const orderOfAda = async () => {
    const { ada, product, order } = world
    return (await order(ada, [{ sku: await product(5), quantity: 1 }])).json.id as string
  }

  /** One that is settled, so that its stream ends. */
  const endedOrderOfAda = async () => {
    const id = await orderOfAda()
    await world.post(`/api/orders/${id}/cancel`, undefined, { token: world.ada.token })
    return id
  }

  /** One of the caller's own, or of Ada's where there is no caller. */
  const sessionOf = (who: CallerName) => {
    const { ada, bob, admin } = world
    const owners: { readonly [K in CallerName]?: string } = {
      other: bob.id,
      support: supportId,
      admin: admin.id
    }
    return system.run(
      Effect.gen(function* () {
        const id = yield* IdGenerator.use((ids) => ids.next)
        const at = yield* now
        const userId = owners[who] ?? ada.id
        const session = newSession(
          {
            id: SessionId.make(id),
            userId: UserId.make(userId),
            passwordVersion: 0,
            jti: TokenId.make(id)
          },
          at
        )
        yield* SessionStore.use((sessions) => sessions.create(session))
        return id
      })
    )
  }

  /** What stands for the parameter of a path, made anew for each call. */
  const parameters: ReadonlyArray<readonly [RegExp, (who: CallerName) => Promise<string>]> = [
    [/^\/api\/orders\/:id\/events$/u, endedOrderOfAda],
    [/^\/api\/(?:admin\/)?orders\/:id/u, orderOfAda],
    [/^\/api\/(?:admin\/)?products\/:sku/u, () => world.product(1)],
    // A user whom it does no harm.
    [/^\/api\/admin\/users\/:id/u, async () => (await world.join("grace")).id],
    [/^\/api\/auth\/sessions\/:id/u, sessionOf]
  ]

  const pathOf = async ({ path }: Operation, who: CallerName): Promise<string> => {
    if (!path.includes(":")) return path
    const make = parameters.find(([pattern]) => pattern.test(path))?.[1]
    assert(make !== undefined, `say above what stands for the parameter of ${path}`)
    return path.replace(/:\w+/u, await make(who))
  }

  const call = async (operation: Operation, who: CallerName): Promise<Answer> =>
    world.call(operation.method.toUpperCase(), await pathOf(operation, who), {
      token: tokens[who],
      ...(operation.body === undefined ? {} : { json: operation.example })
    })

  /** Codes that only a guard, or the lookup of another user's thing, answers with. */
  const refusals = ["unauthorized", "token_expired", "forbidden", "not_found"]

  describe.each(operations.map((operation) => [operation.id, operation] as const))(
    "%s",
    (_, operation) => {
      it.each(callers)(`for ${operation.caller}, as %s`, async (who) => {
        const answer = await call(operation, who)
        const verdict = verdicts[operation.caller][who]
        if (verdict !== "allowed") {
          const status = { not_found: 404, forbidden: 403 }[verdict] ?? 401
          expectProblem(answer, status, verdict)
          return
        }
        assert.notInclude(refusals, answer.json?.code, answer.text)
        // A token of the header was not what it was refused for.
        if (operation.caller !== "session")
          assert.notStrictEqual(answer.json?.code, "invalid_token")
      })
    }
  )

  it("that support may call succeeds, and its audit event has the role", async () => {
    const { get, post } = world
    const id = await orderOfAda()
    const asSupport = { token: tokens.support }
    const cancelled = await post(`/api/orders/${id}/cancel`, { reason: "a wish" }, asSupport)
    assert.deepStrictEqual([cancelled.status, cancelled.json.status], [200, "cancelled"])
    assert.strictEqual((await get(`/api/orders/${id}`, asSupport)).status, 200)
    const event = await eventually("the event", async () => {
      const { events } = (await get(`/api/admin/orders/${id}`, asSupport)).json
      return events.find(({ kind }: { readonly kind: string }) => kind === "order_cancelled")
    })
    assert.deepInclude(event.actor, { userId: supportId, role: "support" })
    assert.strictEqual(event.details.reason, "a wish")
  })

  it("that takes the role from the token uses it until the next refresh only", async () => {
    const { register, post, get, login } = world
    const email = `${unique("grace")}@example.com`
    const { id, code } = await register(email)
    await post("/api/auth/verify-otp", { verificationId: id, otp: code })
    await system.run(grantRole(email, "admin"))
    const { token, refreshToken } = await login(email, world.ada.password)
    await system.run(revokeAdmin(email))
    const me = await get("/api/auth/me", { token })
    assert.strictEqual(me.json.user.role, "user")
    assert.strictEqual((await get("/api/admin/events", { token })).status, 200)
    const { json } = await post("/api/auth/refresh", { refreshToken })
    const refused = await get("/api/admin/events", { token: json.accessToken })
    expectProblem(refused, 403, "forbidden")
  })
})
