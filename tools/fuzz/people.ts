// The people and things of a system under attack: what requests can name. New ones come while a run goes
// on, since attacks use them up: orders are cancelled, sessions end, passwords change.
import { makeClient, successOf } from "../harness/client.ts"
import { type Credentials, logIn, registerAccount, stockUp } from "../harness/setUp.ts"
import type { View } from "./case.ts"
import type { Known } from "./operations.ts"

export interface People {
  readonly url: string
  readonly admin: Credentials
  readonly metricsToken: string
  /** The newest one-time code that went to an address. */
  readonly codeFor: (email: string) => Promise<string>
}

export const password = "a password of no other user, 7411"

/** A user who has just come, with an order; a product with stock; and what each may name. */
export async function newView({ url, admin, metricsToken, codeFor }: People): Promise<View> {
  const anyone = makeClient(url)
  const email = `user-${crypto.randomUUID()}@example.com`
  await registerAccount(anyone, { email, password, name: "Ada" }, codeFor)
  const user = await logIn(anyone, { email, password })
  const chief = await logIn(anyone, admin)
  const sku = `fuzz-${crypto.randomUUID().slice(0, 8)}`
  await stockUp(makeClient(url, chief.accessToken), { [sku]: 1_000_000 })
  const { get, post } = makeClient(url, user.accessToken)
  const order = successOf("an order", await post("/api/orders", { items: [{ sku, quantity: 1 }] }))
  const sessions = successOf("the sessions", await get("/api/auth/sessions"))
  const pending = await anyone.post("/api/auth/register", {
    email: `pending-${crypto.randomUUID()}@example.com`,
    password
  })
  const known: Known = {
    ...{ email, password, newPassword: password, sku, quantity: 1 },
    refreshToken: user.refreshToken,
    verificationId: successOf("a registration", pending).verificationId,
    id: order.id,
    "orders/id": order.id,
    "sessions/id": sessions.items[0].id
  }
  return {
    known,
    tokens: {
      anonymous: undefined,
      user: user.accessToken,
      admin: chief.accessToken,
      metrics: metricsToken
    },
    issued: { access: user.accessToken, refresh: user.refreshToken }
  }
}
