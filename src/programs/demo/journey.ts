// The whole journey over HTTP, as a client would walk it: register, code, login, order, confirmed, mail,
// cancelled, stock back. Prints each step; fails at the first that does not hold.
import { Console, Effect, Schedule, Schema } from "effect"
import { formatMoney } from "../../services/products/model/money.ts"
import { type Client, makeClient, StepFailed } from "./client.ts"

const Pending = Schema.Struct({ verificationId: Schema.String })
const Tokens = Schema.Struct({ accessToken: Schema.String })
const Product = Schema.Struct({
  sku: Schema.String,
  name: Schema.String,
  unitPrice: Schema.Int,
  currency: Schema.String,
  available: Schema.Int
})
const Products = Schema.Struct({ items: Schema.Array(Product) })
const Order = Schema.Struct({
  id: Schema.String,
  number: Schema.String,
  status: Schema.String,
  total: Schema.Int,
  currency: Schema.String,
  confirmation: Schema.Struct({ state: Schema.String })
})
const Mailbox = Schema.Array(
  Schema.Struct({ to: Schema.String, subject: Schema.String, text: Schema.String })
)

const decode = <A>(step: string, schema: Schema.ConstraintDecoder<A>, body: unknown) =>
  Schema.decodeUnknownEffect(schema)(body).pipe(
    Effect.mapError((error) => new StepFailed({ step, reason: error.message }))
  )

/** Asks again until the step holds: ten times a second, ten seconds at most. */
const eventually = <A, E, R>(step: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.retry(step, Schedule.spaced("100 millis").pipe(Schedule.upTo({ times: 100 })))

const said = (step: string, what: string) => Console.log(`✔ ${step}: ${what}`)

const findMail = Effect.fnUntraced(function* (
  client: Client,
  step: string,
  to: string,
  holds: (mail: { readonly subject: string; readonly text: string }) => boolean
) {
  return yield* Effect.gen(function* () {
    const { body } = yield* client(step, { path: "/dev/mailbox.json", expect: 200 })
    const mails = yield* decode(step, Mailbox, body)
    const mail = mails.find((candidate) => candidate.to === to && holds(candidate))
    return mail ?? (yield* new StepFailed({ step, reason: `no such mail to ${to}` }))
  }).pipe(eventually)
})

/** `email` must not have an account yet. The system needs its embedded mailbox, to read the code in. */
export const walk = Effect.fn("walk")(function* (baseUrl: string, email: string) {
  const client = makeClient(baseUrl)
  const password = "correct horse battery staple"

  const registered = yield* client("register", {
    method: "POST",
    path: "/api/auth/register",
    body: { email, password, name: "Demo" },
    expect: 202
  })
  const { verificationId } = yield* decode("register", Pending, registered.body)
  yield* said("register", email)

  const mail = yield* findMail(client, "code", email, ({ text }) => /\b\d{6}\b/.test(text))
  const otp = /\b\d{6}\b/.exec(mail.text)?.[0]
  yield* said("code", `${otp}, from the mailbox`)

  yield* client("verify", {
    method: "POST",
    path: "/api/auth/verify-otp",
    body: { verificationId, otp },
    expect: 200
  })
  yield* said("verify", "the address is proven")

  const loggedIn = yield* client("login", {
    method: "POST",
    path: "/api/auth/login",
    body: { email, password },
    expect: 200
  })
  const { accessToken: token } = yield* decode("login", Tokens, loggedIn.body)
  yield* said("login", "access and refresh token")

  const listed = yield* client("products", { path: "/api/products", expect: 200 })
  const { items } = yield* decode("products", Products, listed.body)
  const product = items.find(({ available }) => available >= 2)
  if (product === undefined)
    return yield* new StepFailed({ step: "products", reason: "nothing is in stock: seed it first" })
  yield* said("products", `${product.name}, ${product.available} available`)

  const placed = yield* client("order", {
    method: "POST",
    path: "/api/orders",
    body: { items: [{ sku: product.sku, quantity: 2 }] },
    token,
    headers: { "idempotency-key": `demo-${verificationId}` },
    expect: 201
  })
  const order = yield* decode("order", Order, placed.body)
  yield* said("order", `${order.number}, ${formatMoney(order.total, order.currency)}`)

  yield* Effect.gen(function* () {
    const read = yield* client("confirmed", {
      path: `/api/orders/${order.id}`,
      token,
      expect: 200
    })
    const now = yield* decode("confirmed", Order, read.body)
    if (now.status !== "confirmed" || now.confirmation.state !== "sent")
      return yield* new StepFailed({
        step: "confirmed",
        reason: `still ${now.status}, mail ${now.confirmation.state}`
      })
  }).pipe(eventually)
  yield* said("confirmed", "by the worker")

  const confirmation = yield* findMail(client, "mail", email, ({ text }) =>
    text.includes(order.number)
  )
  yield* said("mail", confirmation.subject)

  const cancelled = yield* client("cancel", {
    method: "POST",
    path: `/api/orders/${order.id}/cancel`,
    token,
    expect: 200
  })
  const { status } = yield* decode("cancel", Order, cancelled.body)
  if (status !== "cancelled")
    return yield* new StepFailed({ step: "cancel", reason: `the order is ${status}` })
  const after = yield* client("cancel", { path: `/api/products/${product.sku}`, expect: 200 })
  const { available } = yield* decode("cancel", Product, after.body)
  yield* said("cancel", `the stock is back: ${available} available`)
})
