// RateLimiter that counts the limit per client in this process, so that the usual request makes no call for it. The
// process adds its uses to the shared count every 100 ms, or when they reach a twentieth of the limit, its share: it
// settles. So all processes together allow at most processes × share more than the limit. Other rules, and a limit
// below 20, stay exact.
import {
  Cause,
  type Clock,
  Context,
  Data,
  Deferred,
  Effect,
  Exit,
  Latch,
  Layer,
  Option
} from "effect"
import {
  type Quota,
  quotaOf,
  type RateLimited,
  RateLimiter,
  type RateRule,
  scaledRule
} from "../../services/runtime/RateLimiter.ts"
import { refuseUse } from "../../services/runtime/refuseUse.ts"

/** Uses that a process has let pass. */
export interface ClientUses {
  readonly client: string
  readonly count: number
  /** Names their window, by the milliseconds until it ends. None: the window under way, or a new one. */
  readonly endsIn: Option.Option<number>
}

export interface ClientWindow {
  /** By all processes, as if none were refused. */
  readonly used: number
  /** In milliseconds. */
  readonly endsIn: number
}

export class ClientCountsUnavailable extends Data.TaggedError("ClientCountsUnavailable") {}

/** The count of each client's uses that all processes share. */
export class ClientCounts extends Context.Service<
  ClientCounts,
  {
    /**
     * Adds each client's uses, atomically, and answers its window. None: the window that the uses name has ended, and
     * they are dropped.
     */
    readonly add: (
      uses: ReadonlyArray<ClientUses>
    ) => Effect.Effect<ReadonlyArray<Option.Option<ClientWindow>>, ClientCountsUnavailable>
  }
>()("layers/runtime/ClientCounts") {}

/** The share is the limit divided by this. */
const shares = 20
const settleEvery = "100 millis"
/** Clients remembered. Beyond it the one whose window began first is settled and forgotten. */
const capacity = 50_000

class Client {
  readonly address: string
  /** Monotonic, in milliseconds. */
  endsAt: number
  /** Uses in this window, by all processes as far as this one knows. */
  used = 0
  /** This process's uses that are not settled: not sent, and sent without an answer yet. */
  unsent = 0
  unanswered = 0
  /** Whether the shared count has answered in this window. */
  isShared = false
  /** Done when the last settlement under way is answered. */
  settlement: Deferred.Deferred<void> | undefined

  constructor(address: string, endsAt: number) {
    this.address = address
    this.endsAt = endsAt
  }

  send(answered: Deferred.Deferred<void>, now: number): ClientUses {
    const count = this.unsent
    this.unsent = 0
    this.unanswered += count
    this.settlement = answered
    const endsIn = this.isShared ? Option.some(this.endsAt - now) : Option.none()
    return { client: this.address, count, endsIn }
  }

  /** `used` never falls within a window, even if the shared count was lost. */
  learn(window: Option.Option<ClientWindow>, now: number): void {
    if (Option.isNone(window)) {
      this.endsAt = now
      return
    }
    this.used = Math.max(this.used, window.value.used + this.unsent + this.unanswered)
    this.endsAt = now + window.value.endsIn
    this.isShared = true
  }
}

interface Sent {
  readonly client: Client
  readonly uses: ClientUses
  readonly answered: Deferred.Deferred<void>
}

type Answer = Exit.Exit<ReadonlyArray<Option.Option<ClientWindow>>, ClientCountsUnavailable>

/** Not the system's clock: were that set back, a refused client would be refused for longer than its window. */
const millis = (clock: Clock.Clock): number => Number(clock.monotonicTimeNanosUnsafe()) / 1e6

const makeTake = Effect.fnUntraced(function* (rule: RateRule, share: number) {
  const counts = yield* ClientCounts
  const clients = new Map<string, Client>()
  const unsettled = new Set<Client>()
  const hasUnsettled = yield* Latch.make(false)
  /** Whether the last settlement failed: each process counts alone then, and no request waits. */
  let away = false

  const conclude = (sent: ReadonlyArray<Sent>, answer: Answer, now: number): void => {
    away = Exit.isFailure(answer)
    for (const [i, { client, uses, answered }] of sent.entries()) {
      client.unanswered -= uses.count
      if (client.settlement === answered) client.settlement = undefined
      if (Exit.isSuccess(answer)) client.learn(answer.value[i] ?? Option.none(), now)
      Deferred.doneUnsafe(answered, Exit.void)
    }
  }

  /** Drops the uses of windows that have ended. */
  const send = (due: Iterable<Client>, now: number): ReadonlyArray<Sent> => {
    const sent: Array<Sent> = []
    const answered = Deferred.makeUnsafe<void>()
    for (const client of due) {
      unsettled.delete(client)
      if (client.endsAt > now) sent.push({ client, answered, uses: client.send(answered, now) })
    }
    return sent
  }

  /**
   * Not interrupted with the request that runs it: others wait for it. A settlement that fails is not repeated, since
   * it may have been counted.
   */
  const settle = (due: Iterable<Client>): Effect.Effect<void> =>
    Effect.clockWith((clock) => {
      const sent = send(due, millis(clock))
      if (sent.length === 0) return Effect.void
      return counts.add(sent.map(({ uses }) => uses)).pipe(
        Effect.onExit((answer) => Effect.sync(() => conclude(sent, answer, millis(clock)))),
        Effect.catchCause((cause) =>
          Cause.hasDies(cause)
            ? Effect.logError("settling clients' limits died", cause)
            : Effect.void
        ),
        Effect.uninterruptible,
        Effect.asVoid
      )
    })

  yield* Effect.addFinalizer(() => settle(unsettled))
  yield* hasUnsettled.await.pipe(
    Effect.andThen(Effect.sleep(settleEvery)),
    Effect.andThen(
      Effect.suspend(() => {
        Latch.closeUnsafe(hasUnsettled)
        return settle(unsettled)
      })
    ),
    Effect.forever,
    Effect.forkScoped
  )

  /** Forgets clients, and returns those that are not settled: before anything else is asked for. */
  const makeRoom = (now: number): ReadonlyArray<Client> => {
    const forgotten: Array<Client> = []
    for (const [address, client] of clients) {
      if (client.endsAt > now && clients.size < capacity) break
      clients.delete(address)
      if (client.unsent > 0) forgotten.push(client)
    }
    return forgotten
  }

  const count = (client: Client): void => {
    client.used += 1
    client.unsent += 1
    if (client.unsent > 1) return
    unsettled.add(client)
    Latch.openUnsafe(hasUnsettled)
  }

  const room = ({ isShared, unsent, unanswered }: Client): number =>
    isShared ? share - unsent - unanswered : 0

  const quota = (client: Client, now: number): Quota =>
    quotaOf(rule, client.used, client.endsAt - now)

  const refuse = (client: Client, now: number) => refuseUse("client", quota(client, now))

  const use = (
    client: Client,
    now: number,
    forgotten: ReadonlyArray<Client>
  ): Effect.Effect<Quota, RateLimited> => {
    if (client.used >= rule.limit) return refuse(client, now)
    if (away || room(client) > 0) {
      count(client)
      return Effect.succeed(quota(client, now))
    }
    const again = () => take(client.address)
    if (client.settlement !== undefined)
      return Effect.flatMap(Deferred.await(client.settlement), again)
    count(client)
    // In this order on one connection: what a forgotten client used is there when that client comes back.
    return Effect.flatMap(settle([...forgotten, client]), () =>
      Effect.clockWith((clock) => {
        const then = millis(clock)
        if (client.endsAt <= then) return again()
        return client.used > rule.limit ? refuse(client, then) : Effect.succeed(quota(client, then))
      })
    )
  }

  const take = (address: string): Effect.Effect<Quota, RateLimited> =>
    Effect.clockWith((clock) => {
      const now = millis(clock)
      const known = clients.get(address)
      if (known !== undefined && known.endsAt > now) return use(known, now, [])
      clients.delete(address)
      const forgotten = makeRoom(now)
      const client = new Client(address, now + rule.windowSeconds * 1000)
      clients.set(address, client)
      return use(client, now, forgotten)
    })
  return take
})

/** `factor` multiplies the limit, as it does the exact limiter's. */
export const layer = ({
  factor
}: {
  readonly factor: number
}): Layer.Layer<RateLimiter, never, RateLimiter | ClientCounts> =>
  Layer.effect(
    RateLimiter,
    Effect.gen(function* () {
      const exact = yield* RateLimiter
      const scaled = scaledRule("client", factor)
      const share = Math.floor(scaled.limit / shares)
      if (share === 0) return exact
      const takeForClient = yield* makeTake(scaled, share)
      return RateLimiter.of({
        ...exact,
        take: (rule, subject) =>
          rule === "client" ? takeForClient(subject) : exact.take(rule, subject)
      })
    })
  )
