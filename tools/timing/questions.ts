// What the time of an answer must not tell: whether an address has an account, and whether it is
// proven. The statuses of each question are equal, as the contract has them.

import type { TestClient } from "../harness/client.ts"
import type { Shot } from "../harness/load.ts"
import type { Kind, Question } from "./answerTimes.ts"

/** Whom the questions are about: addresses with an account, and such that were registered and never proven. */
export interface Addresses {
  readonly known: ReadonlyArray<string>
  readonly unverified: ReadonlyArray<string>
  readonly unknown: ReadonlyArray<string>
}

const password = "not the right horse battery"

const cycle = (addresses: ReadonlyArray<string>, round: number): string => {
  const address = addresses[round % addresses.length]
  if (address === undefined) throw new Error("there are no addresses of a kind")
  return address
}

export const freshAddress = (): string => `fresh-${crypto.randomUUID()}@example.com`

const post = (path: string, body: object): Shot => ({ method: "POST", path, body })

/** The same request with a field too many: refused before anything is looked up. */
const refusedAtOnce = (kind: Kind): Kind => ({
  name: "control: an invalid body",
  status: 400,
  shot: async (round) => {
    const shot = await kind.shot(round)
    return { ...shot, body: { ...Object(shot.body), unknown: true } }
  }
})

export function login({ known, unverified, unknown }: Addresses): Question {
  const kind = (name: string, addresses: ReadonlyArray<string>): Kind => ({
    name,
    status: 401,
    shot: (round) => post("/api/auth/login", { email: cycle(addresses, round), password })
  })
  const wrong = kind("wrong password", known)
  return {
    name: "login",
    kinds: [wrong, kind("unverified address", unverified), kind("unknown address", unknown)],
    control: refusedAtOnce(wrong)
  }
}

export function forgotPassword({ known, unverified, unknown }: Addresses): Question {
  const kind = (name: string, addresses: ReadonlyArray<string>): Kind => ({
    name,
    status: 202,
    shot: (round) => post("/api/auth/forgot-password", { email: cycle(addresses, round) })
  })
  const ours = kind("known address", known)
  return {
    name: "forgot-password",
    kinds: [ours, kind("unverified address", unverified), kind("unknown address", unknown)],
    control: refusedAtOnce(ours)
  }
}

/**
 * Whether the work that goes on after the answers of a question tells what they do not: it takes time from the
 * answers that follow. Liveness is the quickest of them. A few cover what begins only once a mail was answered.
 */
export const after = ({ name, ...question }: Question): Question => ({
  ...question,
  name: `after ${name}`,
  probe: { shot: { method: "GET", path: "/healthz" }, status: 200, count: 8 }
})

const registration = (email: string): Shot => post("/api/auth/register", { email, password })

export function register({ known }: Addresses): Question {
  const free: Kind = {
    name: "free address",
    status: 202,
    shot: () => registration(freshAddress())
  }
  const taken: Kind = {
    name: "taken address",
    status: 202,
    shot: (round) => registration(cycle(known, round))
  }
  return { name: "register", kinds: [free, taken], control: refusedAtOnce(free) }
}

/** Fewer than a code's attempts, so that none is refused for being one too many. */
const attemptsEach = 4

export function verifyOtp({ known }: Addresses, client: TestClient): Question {
  const kind = (name: string, address: (round: number) => string): Kind => {
    let verificationId: string
    return {
      name,
      status: 400,
      shot: async (round) => {
        if (round % attemptsEach === 0) {
          const { body } = await client.post("/api/auth/register", {
            email: address(round),
            password
          })
          verificationId = body.verificationId
        }
        return post("/api/auth/verify-otp", { verificationId, otp: "000000" })
      }
    }
  }
  const free = kind("wrong code, free address", freshAddress)
  return {
    name: "verify-otp",
    kinds: [free, kind("wrong code, taken address", (round) => cycle(known, round))],
    control: refusedAtOnce({ ...free, shot: () => post("/api/auth/verify-otp", {}) })
  }
}
