// The load: buyers who order, cancel and look, each one thing after the other, and who try again under
// the same idempotency key until they have an answer, as docs/api.md tells clients to. Now and then the shop's staff
// decides about one of their orders.
import { setTimeout as sleep } from "node:timers/promises"
import type { SeededRandom } from "../harness/random.ts"
import type { Process } from "./fleet.ts"
import { type Answer, ask, NoAnswer } from "./http.ts"
import type { RequestKind } from "./journal.ts"
import type { Person } from "./people.ts"
import type { Stage } from "./stage.ts"

export interface Load {
  /** Lets every buyer finish the request in progress, and returns then. */
  readonly stop: () => Promise<void>
  /** Ends every buyer without waiting for answers. */
  readonly abandon: () => void
}

/** Longer than a request may take: one that is cut off here has broken that promise. */
const timeoutMs = 12_000
const thinkMs = { least: 60, most: 240 } as const
/** How long a buyer insists on one thing. */
const patienceMs = 180_000
const remembered = 20

type ApiCall = {
  readonly method: "GET" | "POST"
  readonly path: string
  readonly body?: unknown
  /** The buyer's, where it is absent. */
  readonly token?: string
}

/** What staff decides, each as likely as it is often here. */
const decisions = ["fulfil", "fulfil", "fulfil", "cancel", "fail"] as const

/** `thinkFactor`: how much longer than usual its buyers wait between two requests. */
export function startLoad(stage: Stage, thinkFactor = 1): Load {
  const stopped = new AbortController()
  const abandoned = new AbortController()
  const buying = stage.buyers.map((person) =>
    shop(stage, person, thinkFactor, stopped.signal, abandoned.signal)
  )
  return {
    abandon: () => {
      stopped.abort()
      abandoned.abort()
    },
    stop: async () => {
      stopped.abort()
      await Promise.all(buying)
    }
  }
}

async function shop(
  stage: Stage,
  person: Person,
  thinkFactor: number,
  stopped: AbortSignal,
  abandoned: AbortSignal
): Promise<void> {
  const random = stage.random.derive(person.email)
  const buyer = makeBuyer(stage, person, random, abandoned)
  while (!stopped.aborted) {
    const choice = random.between(0, 1)
    try {
      if (choice < 0.6) await buyer.order()
      else if (choice < 0.68) await buyer.cancel()
      else if (choice < 0.76) await buyer.decide()
      else await buyer.look()
    } catch (error) {
      stage.journal.problems.push(
        `${person.email}: ${error instanceof Error ? error.message : error}`
      )
    }
    await sleep(thinkFactor * random.between(thinkMs.least, thinkMs.most))
  }
}

function makeBuyer(
  { fleet, journal, stock, admin }: Stage,
  person: Person,
  random: SeededRandom,
  abandoned: AbortSignal
) {
  const mine: Array<string> = []
  /** The newest version of each order that this buyer saw. */
  const seen = new Map<string, number>()

  const exchange = async (kind: RequestKind, call: ApiCall, key?: string): Promise<Answer> => {
    const target = random.pick(fleet.apis())
    const began = performance.now()
    const record = (outcome: number | string): void =>
      void journal.exchanges.push({
        ...{ kind, outcome },
        at: Date.now(),
        ms: performance.now() - began
      })
    try {
      const answer = await ask({
        method: call.method,
        url: target.url + call.path,
        body: call.body,
        timeoutMs,
        headers: {
          authorization: `Bearer ${call.token ?? person.token}`,
          ...(key !== undefined && { "idempotency-key": key })
        }
      })
      record(answer.status)
      return answer
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error
      record(error.code)
      if (wasDrained(target, error)) journal.drainResets += 1
      throw error
    }
  }

  /** Asks until there is an answer that another attempt would not change. */
  const insist = async (kind: RequestKind, call: ApiCall, key?: string): Promise<Answer> => {
    const deadline = Date.now() + patienceMs
    for (let attempt = 0; ; attempt++) {
      abandoned.throwIfAborted()
      const answer = await exchange(kind, call, key).catch((error: unknown) => {
        if (error instanceof NoAnswer) return undefined
        throw error
      })
      if (answer !== undefined && answer.status < 500) return answer
      if (answer !== undefined && answer.status !== 503)
        journal.problems.push(`${answer.status} to ${kind}: ${JSON.stringify(answer.body)}`)
      if (Date.now() > deadline) throw new Error(`no answer to ${kind} within 3 minutes`)
      const backOff = random.between(0.5, 1) * Math.min(100 * 2 ** attempt, 2000)
      await sleep(Math.max(backOff, 1000 * (answer?.retryAfterSeconds ?? 0)))
    }
  }

  const notice = (id: string, version: unknown): void => {
    if (typeof version !== "number") return
    const before = seen.get(id) ?? 0
    const at = new Date().toISOString()
    if (version < before) journal.staleReads.push({ orderId: id, version, seenBefore: before, at })
    seen.set(id, Math.max(version, before))
  }

  const place = async (call: ApiCall, key: string): Promise<string | undefined> => {
    const answer = await insist("place", call, key)
    const { id, version } = answer.body
    if (answer.status === 201 && typeof id === "string") {
      journal.accepted.add(id)
      notice(id, version)
      return id
    }
    if (answer.status === 409) journal.refused += 1
    else journal.problems.push(`${answer.status} to an order: ${JSON.stringify(answer.body)}`)
    return undefined
  }

  return {
    order: async () => {
      const skus = random.shuffle(Object.keys(stock)).slice(0, random.chance(0.7) ? 1 : 2)
      const items = skus.map((sku) => ({ sku, quantity: random.int(1, 3) }))
      const call = { method: "POST", path: "/api/orders", body: { items } } as const
      const key = crypto.randomUUID()
      const id = await place(call, key)
      if (id === undefined) return
      mine.push(id)
      if (mine.length > remembered) mine.shift()
      // A client that lost its answer after the fact.
      if (random.chance(0.05) && (await place(call, key)) !== id)
        journal.problems.push(`one idempotency key made another order than ${id}`)
    },
    cancel: async () => {
      if (mine.length === 0) return
      const id = random.pick(mine)
      const call = { method: "POST", path: `/api/orders/${id}/cancel` } as const
      const { status, body } = await insist("cancel", call)
      if (status === 200) {
        journal.cancelled.add(id)
        notice(id, body["version"])
      } else if (status !== 409) {
        journal.problems.push(`${status} to cancelling ${id}: ${JSON.stringify(body)}`)
      }
    },
    decide: async () => {
      if (mine.length === 0) return
      const id = random.pick(mine)
      const decision = random.pick(decisions)
      const path =
        decision === "cancel" ? `/api/orders/${id}/cancel` : `/api/admin/orders/${id}/${decision}`
      // The previous version takes no reason of the others.
      const reasoned = decision === "fail" ? { body: { reason: "a decision" } } : {}
      const { token } = admin
      const { status, body } = await insist("decide", {
        ...{ method: "POST", path, token },
        ...reasoned
      })
      if (status === 200) {
        if (decision === "cancel") journal.cancelled.add(id)
        notice(id, body["version"])
      } else if (status !== 409) {
        journal.problems.push(`${status} to ${decision} ${id}: ${JSON.stringify(body)}`)
      }
    },
    look: async () => {
      if (mine.length === 0) return
      const id = random.pick(mine)
      const { status, body } = await insist("read", { method: "GET", path: `/api/orders/${id}` })
      if (status === 200) notice(id, body["version"])
      else journal.problems.push(`${status} to reading ${id}, whose 201 was seen`)
    }
  }
}

/** Refused is no reset: a process that does not listen any more has taken nothing. */
const wasDrained = ({ state }: Process, { code }: NoAnswer): boolean =>
  state === "retired" && code !== "ECONNREFUSED"
