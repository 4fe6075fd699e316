// The people and things of a system under attack: what requests can name. New ones come while a run goes
// on, since attacks use them up: orders are cancelled, sessions end, passwords change.
import type { View } from "./case.ts"
import type { Known } from "./operations.ts"

interface Tokens {
  readonly accessToken: string
  readonly refreshToken: string
}

export interface Account {
  readonly email: string
  readonly password: string
}

export interface People {
  readonly url: string
  readonly admin: Account
  readonly metricsToken: string
  /** The newest one-time code that went to an address. */
  readonly codeFor: (email: string) => Promise<string>
}

export const password = "a password of nobody else, 7411"

const ask = async (
  url: string,
  method: string,
  path: string,
  body: unknown,
  token?: string
  // biome-ignore lint/suspicious/noExplicitAny: answers of any shape.
): Promise<any> => {
  const response = await fetch(new URL(path, url), {
    method,
    headers: {
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` })
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) })
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text.slice(0, 500)}`)
  return text === "" ? undefined : JSON.parse(text)
}

/** A user who has just come, with an order; a product with stock; and what each may name. */
export async function newView({ url, admin, metricsToken, codeFor }: People): Promise<View> {
  const post = (path: string, body: unknown, token?: string) => ask(url, "POST", path, body, token)
  const email = `user-${crypto.randomUUID()}@example.com`
  const { verificationId } = await post("/api/auth/register", { email, password, name: "Ada" })
  await post("/api/auth/verify-otp", { verificationId, otp: await codeFor(email) })
  const user: Tokens = await post("/api/auth/login", { email, password })
  const chief: Tokens = await post("/api/auth/login", admin)
  const sku = `fuzz-${crypto.randomUUID().slice(0, 8)}`
  const product = { name: "Thing", unitPrice: 1250, currency: "EUR" }
  await ask(url, "PUT", `/api/products/${sku}`, product, chief.accessToken)
  const stock = { delta: 1_000_000, reason: "fuzz" }
  await post(`/api/products/${sku}/stock`, stock, chief.accessToken)
  const order = await post("/api/orders", { items: [{ sku, quantity: 1 }] }, user.accessToken)
  const sessions = await ask(url, "GET", "/api/auth/sessions", undefined, user.accessToken)
  const pending = await post("/api/auth/register", {
    email: `pending-${crypto.randomUUID()}@example.com`,
    password
  })
  const known: Known = {
    ...{ email, password, newPassword: password, sku, quantity: 1 },
    refreshToken: user.refreshToken,
    verificationId: pending.verificationId,
    id: order.id,
    "orders/id": order.id,
    "sessions/id": sessions.items[0].id
  }
  return {
    known,
    tokens: {
      nobody: undefined,
      user: user.accessToken,
      admin: chief.accessToken,
      metrics: metricsToken
    },
    issued: { access: user.accessToken, refresh: user.refreshToken }
  }
}
