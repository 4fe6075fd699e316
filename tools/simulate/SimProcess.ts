// A process of the simulated system: programs as in production, on ports that may fail, with a clock of
// its host. Killed, it never reaches a port again: what it had begun inside is as good as gone.
import { type Context, Deferred, Effect, Exit, Scope } from "effect"
import type { Ledger } from "./ledger.ts"
import type { MailedOrder, Send } from "./mailLedger.ts"

/** The connection broke: what became of the request is unknown. */
export class ConnectionLost {
  readonly _tag = "ConnectionLost"
}

export interface SimProcess {
  /** Slot and incarnation, such as `worker-2.1`. */
  readonly name: string
  readonly kind: "api" | "worker"
  readonly scope: Scope.Closeable
  dead: boolean
  /** Stops taking requests. */
  closing: boolean
  /** It stood still, or its clock jumped: it may leave anything behind. */
  troubled: boolean
  /** A call of the store failed: it may leave claims behind. */
  storeTroubled: boolean
  /** A call of the queue failed: it may leave messages hidden. */
  queueTroubled: boolean
  /** Deliveries that it has, and until when they are hidden from others, in virtual milliseconds. */
  readonly deliveries: Map<string, number>
  /** Virtual milliseconds. */
  pausedUntil: number
  /** The latest send of each mail, by `sendingKey`. */
  readonly sending: Map<string, Send>
  /** Completed when it is gone. */
  readonly gone: Deferred.Deferred<void>
  /** Breaks the connections of requests in flight. */
  readonly connections: Set<() => void>
}

export const sendingKey = ({ orderId, kind }: MailedOrder): string => `${orderId} ${kind}`

export const makeProcess = (name: string, kind: SimProcess["kind"]): SimProcess => ({
  name,
  kind,
  scope: Scope.makeUnsafe(),
  dead: false,
  closing: false,
  troubled: false,
  storeTroubled: false,
  queueTroubled: false,
  deliveries: new Map(),
  pausedUntil: 0,
  sending: new Map(),
  gone: Deferred.makeUnsafe(),
  connections: new Set()
})

/** As `kill -9`: in one step it is gone for all other processes. Interrupts its fibers, which reach nothing. */
export const kill = (process: SimProcess, ledger: Ledger): Effect.Effect<void> =>
  Effect.suspend(() => {
    if (process.dead) return Effect.void
    process.dead = true
    ledger.mails.disturbed(process.name)
    for (const hangUp of process.connections) hangUp()
    process.connections.clear()
    Deferred.doneUnsafe(process.gone, Exit.void)
    return Effect.asVoid(Effect.forkDetach(Scope.close(process.scope, Exit.void)))
  })

/** As SIGSTOP: until then nothing goes on in it, while its leases run out. */
export const pause = (process: SimProcess, ledger: Ledger, until: number): void => {
  process.pausedUntil = Math.max(process.pausedUntil, until)
  process.troubled = true
  ledger.standsStill(process.name, process.pausedUntil)
}

/** Runs a request in a process, on behalf of a client who may hang up or lose the connection. */
export const request = <A, E, R>(
  process: SimProcess,
  services: Context.Context<R>,
  effect: Effect.Effect<A, E, R>
): Effect.Effect<A, E | ConnectionLost> =>
  Effect.suspend(() => {
    if (process.dead || process.closing) return Effect.fail(new ConnectionLost())
    const answer = Deferred.makeUnsafe<A, E | ConnectionLost>()
    const hangUp = () => {
      Deferred.doneUnsafe(answer, Exit.fail(new ConnectionLost()))
    }
    process.connections.add(hangUp)
    const served = Effect.onExit(effect, (exit) =>
      Effect.sync(() => {
        process.connections.delete(hangUp)
        if (!process.dead) Deferred.doneUnsafe(answer, exit)
      })
    )
    return Effect.flatMap(
      Effect.forkIn(Effect.provideContext(served, services), process.scope),
      (fiber) =>
        Effect.onInterrupt(Deferred.await(answer), () => Effect.sync(() => fiber.interruptUnsafe()))
    )
  })
