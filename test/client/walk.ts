// A customer's walk with the client, on nothing but what the client needs: it is bundled, and runs on each of its hosts.
// It says what it saw; what that should be is asked where the hosts are started.
import {
  createClient,
  inMemory,
  isProblem,
  items,
  type Kept,
  type Store
} from "../../src/entries/client.ts"

export interface Seen {
  readonly name: string | null
  /** The users that calls answered: ten together with an access token that the API refuses, and ten with an old one. */
  readonly users: ReadonlyArray<string>
  /** How long the order took whose first answer was 503 with a `Retry-After`, in milliseconds. */
  readonly orderMillis: number
  readonly orders: ReadonlyArray<string>
  readonly skus: ReadonlyArray<string>
  readonly statuses: ReadonlyArray<string>
  /** Of the problem of an order for more than there is. */
  readonly short: unknown
  readonly endedBySignal: boolean
  readonly refusedAfterLogout: boolean
  /** A client with a copy of the tokens from before the logout. */
  readonly copyRefusedAfterLogout: boolean
}

const rejected = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error
  )

const tenTimes = <A>(call: () => Promise<A>): Promise<ReadonlyArray<A>> =>
  Promise.all(Array.from({ length: 10 }, () => call()))

type Tokens = NonNullable<Kept["tokens"]>

const withTokens = async (store: Store, changed: Partial<Tokens>): Promise<Kept> => {
  const kept = await store.load()
  if (kept?.tokens === undefined) throw new Error("no tokens are kept")
  return { ...kept, tokens: { ...kept.tokens, ...changed } }
}

/** At the API of walkedApi.ts. */
export const walk = async (url: string): Promise<Seen> => {
  const store = inMemory()
  // What sends requests is the host's own `fetch`. No attempt ends by its time: the walk may not take as long.
  const clientOn = (tokens: Store) => createClient({ url, store: tokens, timeoutMillis: 600_000 })
  const shop = clientOn(store)
  const account = { email: "walker@example.com", password: "correct horse battery" }
  const { verificationId } = await shop.register({ ...account, name: "Walker" })
  // The code goes out behind the answer.
  let otp: string | undefined
  while (otp === undefined) {
    const mail = (await shop.mailbox()).find(({ to }) => to === account.email)
    otp = mail?.text.match(/\b\d{6}\b/u)?.[0]
  }
  await shop.verifyOtp({ verificationId, otp })
  await shop.login(account)
  const { user } = await shop.me()

  await store.save(await withTokens(store, { accessToken: "damaged" }))
  const refusedTogether = await tenTimes(shop.me)
  await store.save(await withTokens(store, { expiresAt: 0 }))
  const oldTogether = await tenTimes(shop.me)

  const began = Date.now()
  const order = await shop.placeOrder({ items: [{ sku: "kettle", quantity: 2 }] })
  const orderMillis = Date.now() - began
  const orders: Array<string> = []
  for await (const { number } of items(shop.listOrders, {})) orders.push(number)

  const skus: Array<string> = []
  for await (const { sku } of items(shop.listProducts, { limit: 2 })) skus.push(sku)

  const statuses: Array<string> = []
  for await (const { data } of shop.events(order.id)) statuses.push(data.status)

  const error = await rejected(shop.placeOrder({ items: [{ sku: "kettle", quantity: 99 }] }))

  const leaving = new AbortController()
  const reason = new Error("the page was left")
  const silent = rejected(shop.getProduct({ sku: "silent" }, { signal: leaving.signal }))
  // The API answers this one when the other one has arrived.
  await shop.getProduct({ sku: "kettle" })
  leaving.abort(reason)
  const aborted = await silent

  const copy = inMemory(await withTokens(store, { expiresAt: 0 }))
  await shop.logout()
  const copyRefused = await rejected(clientOn(copy).me())
  const refused = await rejected(shop.me())
  await shop.login(account)

  return {
    name: user.name,
    users: [...new Set([...refusedTogether, ...oldTogether].map((one) => one.user.email))],
    orderMillis,
    orders: orders.map((number) => (number === order.number ? "its own" : number)),
    skus,
    statuses,
    short: isProblem(error, "out_of_stock") ? error.problem.items : String(error),
    endedBySignal: aborted === reason,
    refusedAfterLogout: isProblem(refused, "unauthorized"),
    copyRefusedAfterLogout: isProblem(copyRefused, "unauthorized")
  }
}
