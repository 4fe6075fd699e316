// The whole journey over HTTP, as a client would walk it: register, code, login, order, confirmed, mail, cancelled,
// stock back. Prints each step; fails at the first step with a wrong result.
import { Console, Data, Effect, Schedule } from "effect"
import { type Client, createClient } from "../../client/client.ts"
import { formatMoney } from "../../services/products/model/money.ts"

export class StepFailed extends Data.TaggedError("StepFailed")<{
  readonly step: string
  readonly reason: string
}> {
  override get message(): string {
    return `${this.step}: ${this.reason}`
  }
}

/** Calls of the client that make a step. */
const ask = <A>(
  step: string,
  call: (options: { readonly signal: AbortSignal }) => Promise<A>
): Effect.Effect<A, StepFailed> =>
  Effect.tryPromise({
    try: (signal) => call({ signal }),
    catch: (error) =>
      new StepFailed({ step, reason: error instanceof Error ? error.message : String(error) })
  })

/** Asks again until the step holds: ten times a second, ten seconds at most. */
const eventually = <A, E, R>(step: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.retry(step, Schedule.spaced("100 millis").pipe(Schedule.upTo({ times: 100 })))

/** The longest that a worker takes with an order. */
const settledWithin = "10 seconds"

const said = (step: string, what: string) => Console.log(`✔ ${step}: ${what}`)

const findMail = Effect.fnUntraced(function* (
  mailbox: Client,
  step: string,
  to: string,
  holds: (mail: { readonly subject: string; readonly text: string }) => boolean
) {
  return yield* Effect.gen(function* () {
    const mails = yield* ask(step, (options) => mailbox.mailbox({}, options))
    const mail = mails.find((candidate) => candidate.to === to && holds(candidate))
    return mail ?? (yield* new StepFailed({ step, reason: `no such mail to ${to}` }))
  }).pipe(eventually)
})

/** Waits for the end of the order's events: it is settled then. */
const untilSettled = (client: Client, id: string) =>
  ask("confirmed", async ({ signal }) => {
    for await (const { data } of client.events(id, { signal }))
      if (data.status !== "pending" && data.status !== "confirmed")
        throw new Error(`the order is ${data.status}`)
  }).pipe(
    Effect.timeoutOrElse({
      duration: settledWithin,
      orElse: () => new StepFailed({ step: "confirmed", reason: `not settled in ${settledWithin}` })
    })
  )

/** `email` must not have an account yet. `mailboxUrl`: of the server whose mailbox gets the system's mails. */
export const walk = Effect.fn("walk")(function* (
  baseUrl: string,
  mailboxUrl: string,
  email: string
) {
  const client = createClient({ url: baseUrl })
  const mailbox = createClient({ url: mailboxUrl })
  const password = "correct horse battery staple"

  const { verificationId } = yield* ask("register", (options) =>
    client.register({ email, password, name: "Demo" }, options)
  )
  yield* said("register", email)

  const mail = yield* findMail(mailbox, "code", email, ({ text }) => /\b\d{6}\b/.test(text))
  const otp = /\b\d{6}\b/.exec(mail.text)?.[0] ?? ""
  yield* said("code", `${otp}, from the mailbox`)

  yield* ask("verify", (options) => client.verifyOtp({ verificationId, otp }, options))
  yield* said("verify", "the address is proven")

  yield* ask("login", (options) => client.login({ email, password }, options))
  yield* said("login", "access and refresh token")

  const { items } = yield* ask("products", (options) => client.listProducts({}, options))
  const product = items.find(({ available }) => available >= 2)
  if (product === undefined)
    return yield* new StepFailed({ step: "products", reason: "nothing is in stock: seed it first" })
  yield* said("products", `${product.name}, ${product.available} available`)

  const { sku } = product
  const order = yield* ask("order", (options) =>
    client.placeOrder(
      { items: [{ sku, quantity: 2 }] },
      { ...options, idempotencyKey: `demo-${verificationId}` }
    )
  )
  yield* said("order", `${order.number}, ${formatMoney(order.total, order.currency)}`)

  const { id } = order
  yield* untilSettled(client, id)
  const { status, confirmation } = yield* ask("confirmed", (options) =>
    client.getOrder({ id }, options)
  )
  if (status !== "confirmed" || confirmation.state !== "sent")
    return yield* new StepFailed({
      step: "confirmed",
      reason: `it is ${status}, its mail ${confirmation.state}`
    })
  yield* said("confirmed", "by the worker")

  const confirmed = yield* findMail(mailbox, "mail", email, ({ text }) =>
    text.includes(order.number)
  )
  yield* said("mail", confirmed.subject)

  const cancelled = yield* ask("cancel", (options) => client.cancelOrder({ id }, options))
  if (cancelled.status !== "cancelled")
    return yield* new StepFailed({ step: "cancel", reason: `the order is ${cancelled.status}` })
  const { available } = yield* ask("cancel", (options) => client.getProduct({ sku }, options))
  yield* said("cancel", `the stock is back: ${available} available`)
})
