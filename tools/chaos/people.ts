// The accounts of a run: made over HTTP, before anything breaks.
import { makeClient } from "../harness/client.ts"
import type { SesControl } from "../harness/ses-control.ts"
import { logIn, mailedCode, password, registerAccount } from "../harness/setUp.ts"

export interface Person {
  readonly email: string
  readonly token: string
}

export interface People {
  readonly admin: Person
  readonly buyers: ReadonlyArray<Person>
}

/** Mails to this buyer are refused for good: its orders end as undeliverable. */
export const refusedAddress = "refused@example.com"

const adminAddress = "admin@example.com"

/** Access tokens last 15 minutes, a scenario less than half of that. */
const freshMs = 5 * 60_000
const mailWithinMs = 30_000

/** The accounts of a run: registered by its first scenario, and logged in again before the tokens end. */
export function makePeople(ses: SesControl, buyerCount: number) {
  const addresses = [
    refusedAddress,
    ...Array.from({ length: buyerCount - 1 }, (_, i) => `buyer${i}@example.com`)
  ]
  let people: People | undefined
  let since = 0
  return async (url: string, grant: (email: string) => Promise<void>): Promise<People> => {
    if (people !== undefined && Date.now() - since < freshMs) return people
    const client = makeClient(url)
    const codeFor = (email: string) => mailedCode(ses, email, mailWithinMs)
    const personOf = async (email: string): Promise<Person> => {
      const { accessToken } = await logIn(client, { email, password })
      return { email, token: accessToken }
    }
    if (people === undefined) {
      await Promise.all(
        [adminAddress, ...addresses].map((email) =>
          registerAccount(client, { email, password }, codeFor)
        )
      )
      await grant(adminAddress)
    }
    since = Date.now()
    const [admin, ...buyers] = await Promise.all([
      personOf(adminAddress),
      ...addresses.map(personOf)
    ])
    people = { admin, buyers }
    return people
  }
}
