// Sends canaries wherever a client can put something: in every field, in good and in broken bodies, in
// paths, queries and headers, of every endpoint that the contract has.
import type { Operation } from "../../src/api/contract/operation.ts"
import type { Canaries } from "./canaries.ts"

/** A system that may fail in any way: answers are used as far as they are there. */
export interface Walked {
  readonly fetch: (request: Request) => Promise<Response>
  readonly origin: string
  readonly admin: { readonly email: string; readonly password: string }
  /** The newest text that was sent to an address, where one is or will be. */
  readonly sentTo: (to: string) => Promise<string | undefined>
}

interface Sent {
  readonly token?: string | undefined
  readonly json?: unknown
  readonly body?: string
  readonly headers?: Readonly<Record<string, string>>
}

export type Tokens = ReadonlyArray<string | undefined>

const unknownId = "0".repeat(32)

export const walker = ({ fetch, origin, admin, sentTo }: Walked, canaries: Canaries) => {
  const send = async (method: string, path: string, { token, json, body, headers }: Sent = {}) => {
    const content = body ?? (json === undefined ? undefined : JSON.stringify(json))
    const response = await fetch(
      new Request(`${origin}${path}`, {
        method: method.toUpperCase(),
        headers: {
          ...(content === undefined ? {} : { "content-type": "application/json" }),
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...headers
        },
        ...(content === undefined ? {} : { body: content })
      })
    )
    const text = await response.text()
    // biome-ignore lint/suspicious/noExplicitAny: answers of any shape, or of none.
    const answer: any = response.headers.get("content-type")?.includes("json")
      ? JSON.parse(text)
      : {}
    for (const name of ["accessToken", "refreshToken"])
      canaries.note(name, answer?.[name]?.split(".").at(-1))
    return { status: response.status, answer }
  }
  const post = async (path: string, json: unknown, sent: Sent = {}) =>
    (await send("post", path, { ...sent, json })).answer

  const code = async (to: string): Promise<string | undefined> => {
    const otp = (await sentTo(to))?.match(/\b\d{6}\b/u)?.[0]
    canaries.note("code", otp)
    return otp
  }

  /** What stands for a field: good where the field's name says what is good. */
  const fill = (name: string): unknown => {
    const good: Readonly<Record<string, () => unknown>> = {
      email: () => canaries.email("email"),
      phone: canaries.phone,
      refreshToken: () => canaries.token("refreshToken"),
      verificationId: () => unknownId,
      otp: () => "000000",
      currency: () => "EUR",
      channel: () => "email",
      ids: () => [canaries.text("ids")]
    }
    return (good[name] ?? (() => canaries.text(name)))()
  }

  const goodBody = (example: unknown): unknown =>
    Object.fromEntries(
      Object.entries(example ?? {}).map(([name, value]) => [
        name,
        typeof value === "string" || name === "ids" ? fill(name) : value
      ])
    )

  const misfit = (value: unknown, name: string): unknown => {
    if (Array.isArray(value)) return value.map((item) => misfit(item, name))
    if (typeof value === "object" && value !== null)
      return Object.fromEntries(
        Object.entries(value).map(([key, part]) => [key, misfit(part, key)])
      )
    return `\u0000${canaries.text(name)}`
  }

  const bodies = ({ id, example, body }: Operation): ReadonlyArray<Sent> => {
    if (body === undefined) return [{}]
    const unknown = { [canaries.text(id)]: canaries.text(id) }
    return [
      {},
      { json: goodBody(example) },
      { json: { ...(goodBody(example) as object), ...unknown } },
      { json: misfit(example, id) },
      { json: canaries.text(id) },
      { body: `{"${canaries.text(id)}": "${canaries.text(id)}` },
      { body: canaries.text(id), headers: { "content-type": `text/${canaries.text(id)}` } }
    ]
  }

  const headersFor = (id: string) => ({
    "user-agent": canaries.text(id),
    referer: `https://example.com/${canaries.text(id)}`,
    cookie: `session=${canaries.text(id)}`,
    "x-forwarded-for": canaries.text(id),
    // Well-formed, it would be the name of the request, which logs are searched for.
    "x-request-id": `not well-formed: ${canaries.text(id)}`,
    traceparent: `00-${canaries.text(id)}`,
    "idempotency-key": canaries.text(id),
    "if-none-match": canaries.text(id)
  })

  /** Each known name in a query of its own: a query is refused for one that does not fit. */
  const queries = ({ id, query }: Operation) =>
    [canaries.text(id), ...Object.keys(query?.shape ?? {}), "q=%ZZ"].map(
      (name) => `?${name}=${canaries.text(id)}`
    )

  const pathOf = ({ path }: Operation, value = unknownId): string => path.replace(/:\w+/u, value)

  /** Everything that does not fit an endpoint, and a good body: calls of `send`. */
  const mistakes = (
    operation: Operation,
    [userToken, adminToken]: Tokens
  ): ReadonlyArray<Parameters<typeof send>> => {
    const { id, method } = operation
    const call = (path: string, { headers, ...sent }: Sent): Parameters<typeof send> => [
      method,
      path,
      { ...sent, headers: { ...headersFor(id), ...headers } }
    ]
    const path = pathOf(operation)
    // The token and the path are read first, so one request with a body and a query is enough for each.
    const sent = bodies(operation)[1]
    const query = `?q=${canaries.text(id)}`
    return [
      ...bodies(operation).map((body) => call(path, { ...body, token: adminToken })),
      ...queries(operation).map((some) => call(`${path}${some}`, { token: adminToken })),
      ...[undefined, userToken, canaries.text(id), canaries.token(id)].map((token) =>
        call(`${path}${query}`, { ...sent, token })
      ),
      ...[`.${canaries.text(id)}`, `%ZZ${canaries.text(id)}`]
        .map((value) => pathOf(operation, value))
        .filter((other) => other !== path)
        .map((other) => call(`${other}${query}`, { ...sent, token: adminToken })),
      ...["Basic", "Digest", "Bearer Bearer"].map((scheme) =>
        call(path, { headers: { authorization: `${scheme} ${canaries.text(id)}` } })
      ),
      ["patch", `${path}/${canaries.text(id)}`]
    ]
  }

  /** One endpoint as an administrator, with a body that fits, where the example of it does. */
  const use = async (operation: Operation, [, adminToken]: Tokens) => {
    const { example, body, method } = operation
    const sent = body === undefined ? {} : { json: goodBody(example) }
    await send(method, pathOf(operation), { ...sent, token: adminToken })
  }

  /**
   * A customer comes, orders and goes, with the tokens of an earlier journey where this one gets none. Gives
   * the tokens of a user and of the admin.
   */
  const journey = async ([knownToken, knownAdmin]: Tokens = []): Promise<Tokens> => {
    const email = canaries.email("journey")
    const password = canaries.text("password")
    const name = canaries.text("name")
    const { verificationId } = await post("/api/auth/register", { email, password, name })
    const otp = await code(email)
    await post("/api/auth/verify-otp", { verificationId, otp: "999999" })
    await post("/api/auth/verify-otp", { verificationId, otp })
    await post("/api/auth/register", { email, password, name })
    await post("/api/auth/resend-otp", { verificationId })
    await post("/api/auth/login", { email, password: canaries.text("wrong") })
    const {
      accessToken: token = knownToken,
      refreshToken,
      user
    } = await post("/api/auth/login", {
      email,
      password
    })
    const { refreshToken: second } = await post("/api/auth/refresh", { refreshToken })
    await post("/api/auth/refresh", { refreshToken: second })
    await send("get", "/api/auth/me", { token })
    // Denied, which is an audit event.
    await send("get", "/api/admin/overview", { token })
    await send("patch", "/api/auth/me", { token, json: { name: canaries.text("newName") } })
    const phone = canaries.phone()
    const asked = await post("/api/auth/phone", { phone }, { token })
    await post("/api/auth/verify-otp", {
      verificationId: asked.verificationId,
      otp: await code(phone)
    })
    const { accessToken: adminToken = knownAdmin } = await post("/api/auth/login", admin)
    const asAdmin = {
      token: adminToken,
      headers: { "idempotency-key": canaries.text("idempotencyKey") }
    }
    const sku = `sku-${crypto.randomUUID()}`
    const product = { name: canaries.text("product"), unitPrice: 100, currency: "EUR" }
    const priced = { ...product, reason: canaries.text("price") }
    await send("put", `/api/products/${sku}`, { ...asAdmin, json: priced })
    const texts = {
      description: canaries.text("description"),
      picture: `https://${canaries.text("picture")}.example.com/`,
      category: canaries.text("category")
    }
    await send("patch", `/api/products/${sku}`, { ...asAdmin, json: texts })
    await send("get", `/api/admin/products?category=${texts.category}`, asAdmin)
    const stock = { delta: 5, reason: canaries.text("reason") }
    await post(`/api/products/${sku}/stock`, stock, asAdmin)
    const items = [{ sku, quantity: 1 }]
    for (const reason of [undefined, canaries.text("failure")]) {
      const headers = { "idempotency-key": canaries.text("idempotencyKey") }
      const order = await post("/api/orders", { items }, { token, headers })
      await post("/api/orders", { items: [{ sku, quantity: 2 }] }, { token, headers })
      await send("get", `/api/orders/${order.id}`, { token })
      await send("get", `/api/orders/${order.id}`, asAdmin)
      const why = { reason: canaries.text("cancellation") }
      if (reason === undefined) await post(`/api/orders/${order.id}/cancel`, why, { token })
      else await post(`/api/admin/orders/${order.id}/fail`, { reason }, asAdmin)
    }
    // The worker confirms and mails this one.
    await post("/api/orders", { items }, { token })
    await send("get", `/api/admin/events?userId=${user?.id}`, asAdmin)
    const letters = { ids: ["nowhere"], reason: canaries.text("letters") }
    for (const verb of ["redrive", "drop"])
      await post(`/api/admin/dead-letters/${verb}`, letters, asAdmin)
    await send("delete", `/api/products/${sku}?reason=${canaries.text("removal")}`, asAdmin)
    // The one before the one before: a reuse.
    await post("/api/auth/refresh", { refreshToken })
    await post("/api/auth/logout", { refreshToken: second })
    const newPassword = canaries.text("newPassword")
    await post("/api/auth/change-password", { password: "no", newPassword }, { token })
    await post("/api/auth/change-password", { password, newPassword }, { token })
    for (const [channel, to] of [
      ["email", email],
      ["sms", phone]
    ] as const) {
      const reset = await post("/api/auth/forgot-password", { email, channel })
      const resetPassword = { verificationId: reset.verificationId, password }
      await post("/api/auth/reset-password", { ...resetPassword, otp: "999999" })
      await post("/api/auth/reset-password", { ...resetPassword, otp: await code(to) })
    }
    await post("/api/auth/forgot-password", { email: canaries.email("nobody") })
    const again = await post("/api/auth/login", { email, password })
    for (const session of (await send("get", "/api/auth/sessions", { token })).answer?.items ?? [])
      await send("delete", `/api/auth/sessions/${session.id}`, { token })
    await send("delete", "/api/auth/sessions", { token: again.accessToken ?? token })
    return [token, adminToken]
  }

  return { journey, mistakes, send, use }
}
