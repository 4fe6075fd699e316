// Sets a started system up over HTTP: accounts with proven addresses, products in stock. Each step throws
// where the system refuses it.
import { makeClient, successOf, type TestClient } from "./client.ts"
import type { SesControl } from "./ses-control.ts"
import { until } from "./until.ts"

/** Of every account that has no password of its own. */
export const password = "correct horse battery staple"

export interface Credentials {
  readonly email: string
  readonly password: string
}

export interface LoggedIn {
  readonly accessToken: string
  readonly refreshToken: string
  readonly user: { readonly id: string }
}

export const codeIn = (text: string | undefined): string => {
  const code = /\b\d{6}\b/u.exec(text ?? "")?.[0]
  if (code === undefined) throw new Error(`no code in: ${text}`)
  return code
}

/** The code in the first mail to an address. */
export const mailedCode = async (
  ses: SesControl,
  email: string,
  withinMs = 10_000
): Promise<string> => {
  const [mail] = await ses.inbox({ to: email, atLeast: 1, withinMs })
  return codeIn(mail?.text)
}

interface Message {
  readonly to: string
  readonly text: string
}

/** The text of the newest message to an address in the mailbox of `npm run dev`. */
export const mailboxText = async (url: string, to: string): Promise<string> => {
  const { get } = makeClient(url)
  const text = await until(
    `a message to ${to}`,
    async () => {
      const messages: ReadonlyArray<Message> = (await get("/dev/mailbox.json")).body
      return messages.find((message) => message.to === to)?.text
    },
    (found) => found !== undefined,
    20_000
  )
  return text ?? ""
}

/** Registers an account, and proves its address with the code that `codeFor` reads. */
export async function registerAccount(
  { post }: TestClient,
  account: Credentials & { readonly name?: string },
  codeFor: (email: string) => Promise<string>
): Promise<void> {
  const registered = await post("/api/auth/register", account)
  const { verificationId } = successOf(`registering ${account.email}`, registered)
  const otp = await codeFor(account.email)
  const verified = await post("/api/auth/verify-otp", { verificationId, otp })
  successOf(`verifying ${account.email}`, verified)
}

export async function logIn(
  { post }: TestClient,
  { email, password }: Credentials
): Promise<LoggedIn> {
  return successOf(`logging ${email} in`, await post("/api/auth/login", { email, password }))
}

/** Puts products on sale, each with so many pieces more. `client` is an admin's. */
export async function stockUp(
  { put, post }: TestClient,
  pieces: Readonly<Record<string, number>>
): Promise<void> {
  for (const [sku, delta] of Object.entries(pieces)) {
    const product = { name: "Thing", unitPrice: 250, currency: "EUR" }
    successOf(`product ${sku}`, await put(`/api/products/${sku}`, product))
    const moved = await post(`/api/products/${sku}/stock`, { delta, reason: "delivery" })
    successOf(`stock of ${sku}`, moved)
  }
}
