// The accounts of a scenario and what is for sale: made over HTTP, before anything breaks.
import { makeClient } from "../harness/client.ts"
import type { SesControl } from "../harness/ses-control.ts"

export interface Person {
  readonly email: string
  readonly token: string
}

const password = "correct horse battery staple"

async function register(url: string, email: string, ses: SesControl): Promise<void> {
  const client = makeClient(url)
  const registered = await client.post("/api/auth/register", { email, password })
  const [mail] = await ses.inbox({ to: email, atLeast: 1, withinMs: 30_000 })
  const otp = /\b\d{6}\b/.exec(mail?.text ?? "")?.[0]
  const { verificationId } = registered.body
  const verified = await client.post("/api/auth/verify-otp", { verificationId, otp })
  if (verified.status !== 200) throw new Error(`${email} could not be verified: ${verified.text}`)
}

async function logIn(url: string, email: string): Promise<Person> {
  const answer = await makeClient(url).post("/api/auth/login", { email, password })
  if (answer.status !== 200) throw new Error(`${email} could not log in: ${answer.text}`)
  return { email, token: answer.body.accessToken }
}

export interface People {
  readonly admin: Person
  readonly buyers: ReadonlyArray<Person>
}

/** Mails to this buyer are refused for good: its orders end as undeliverable. */
export const refusedAddress = "refused@example.com"

const adminAddress = "admin@example.com"
const buyerCount = 10
const addresses = [
  refusedAddress,
  ...Array.from({ length: buyerCount - 1 }, (_, i) => `buyer${i}@example.com`)
]

/** Access tokens last 15 minutes, a scenario less than half of that. */
const freshMs = 5 * 60_000

/** The accounts of a run: registered by its first scenario, and logged in again before the tokens end. */
export function makePeople(ses: SesControl) {
  let people: People | undefined
  let since = 0
  return async (url: string, grant: (email: string) => Promise<void>): Promise<People> => {
    if (people !== undefined && Date.now() - since < freshMs) return people
    if (people === undefined) {
      await Promise.all([adminAddress, ...addresses].map((email) => register(url, email, ses)))
      await grant(adminAddress)
    }
    since = Date.now()
    const [admin, ...buyers] = await Promise.all([
      logIn(url, adminAddress),
      ...addresses.map((email) => logIn(url, email))
    ])
    people = { admin, buyers }
    return people
  }
}

/** Puts products on sale, each with so many pieces. */
export async function stockUp(
  url: string,
  admin: Person,
  pieces: Readonly<Record<string, number>>
): Promise<void> {
  const client = makeClient(url, admin.token)
  for (const [sku, delta] of Object.entries(pieces)) {
    await client.put(`/api/products/${sku}`, { name: sku, unitPrice: 250, currency: "EUR" })
    const answer = await client.post(`/api/products/${sku}/stock`, { delta, reason: "chaos" })
    if (answer.status !== 200) throw new Error(`no stock of ${sku}: ${answer.text}`)
  }
}
