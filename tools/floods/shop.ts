// A system under the limits of a deployment, with accounts to attack; and the attacks that need them.
import type { Attack } from "../harness/attack.ts"
import { makeClient, successOf } from "../harness/client.ts"
import { programs, urlOf } from "../harness/deployment.ts"
import { type Program, run } from "../harness/program.ts"
import { mailedCode, password } from "../harness/setUp.ts"
import { type Services, startSystem } from "../harness/system.ts"

/** A login's body. */
interface Account {
  readonly email: string
  readonly password: string
}

export interface Shop {
  /** An account that nothing has used yet. */
  readonly takeOwner: () => Account
  readonly attacks: ReadonlyArray<Attack>
  /** An API process that has done nothing yet. */
  readonly startApi: () => Promise<{ readonly url: string; readonly program: Program }>
  /** How many mails went to the mailbox that is written to in many ways. */
  readonly mailsToOne: () => Promise<number>
  readonly stop: () => Promise<void>
}

/** An honest client of each attack, also when it is repeated: a limit allows 100 logins an hour. */
const ownersCount = 8
/** Hashing gives way to all other work of the machine, so these attacks leave some of it. */
const pauseMs = 100
const loginClients = 7
const verifications = 26
/** A client may register 20 addresses an hour. */
const registrations = 240

/** Gmail delivers all of them to one mailbox. */
const plusAddress = (i: number): string => `victim+${i}@gmail.com`

export async function openShop(services: Services): Promise<Shop> {
  const system = await startSystem(services)
  // With the limits far away, which are one client's for everything here.
  const { url, program } = await system.startApi()
  const client = makeClient(url)
  const signUp = async (name: string): Promise<Account> => {
    const { email } = await system.signUp(url, name)
    return { email, password }
  }
  const register = async (i: number) => {
    const email = `new-${i}-${crypto.randomUUID()}@example.com`
    const registered = await client.post("/api/auth/register", { email, password })
    const { verificationId } = successOf(`registering ${email}`, registered)
    return { verificationId, otp: await mailedCode(system.mails, email) }
  }
  const owners = await Promise.all(
    Array.from({ length: ownersCount }, (_, i) => signUp(`owner-${i}`))
  )
  const accounts = await Promise.all(
    Array.from({ length: loginClients }, (_, i) => signUp(`customer-${i}`))
  )
  const codes = await Promise.all(Array.from({ length: verifications }, (_, i) => register(i)))
  program.signal("SIGTERM")

  return {
    takeOwner: () => {
      const owner = owners.pop()
      if (owner === undefined) throw new Error(`more than ${ownersCount} attacks`)
      return owner
    },
    attacks: [
      {
        ...{
          name: "right logins of 7 clients",
          connections: 112,
          addresses: loginClients,
          pauseMs
        },
        shots: accounts.map((body) => ({ method: "POST", path: "/api/auth/login", body }))
      },
      {
        // Neighbours send the same code.
        ...{
          name: "each code twice concurrently",
          connections: 2 * verifications,
          addresses: 13,
          pauseMs
        },
        shots: codes.flatMap((body) => {
          const shot = { method: "POST", path: "/api/auth/verify-otp", body } as const
          return [shot, shot]
        })
      },
      {
        ...{ name: "one mailbox, written in 240 ways", connections: 60, addresses: 12, pauseMs },
        shots: Array.from({ length: registrations }, (_, i) => ({
          ...{ method: "POST", path: "/api/auth/register" },
          body: { email: plusAddress(i), password }
        }))
      }
    ],
    startApi: async () => {
      const program = run(programs.api, { ...system.env, RATE_LIMIT_FACTOR: "1" })
      return { url: await urlOf(program), program }
    },
    mailsToOne: async () => {
      const sends = await system.mails.sends()
      return sends.filter(({ to }) => to.some((address) => address.startsWith("victim+"))).length
    },
    stop: system.stop
  }
}
