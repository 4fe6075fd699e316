// OrderChanges on Redis: a channel for each order, on which RedisOrderCache publishes versions. It has a separate
// connection, opened for the first watcher, since a subscribed connection accepts no other commands. While that
// connection is down, no notifications arrive; it reconnects without end.
import { Effect, FiberSet, Layer, type Scope } from "effect"
import type { Redis } from "ioredis"
import { OrderId } from "../../services/ids.ts"
import {
  OrderChanges,
  unknownVersion,
  type Wake
} from "../../services/orders/ports/OrderChanges.ts"
import { Watchers } from "../runtime/Watchers.ts"
import { openSubscriber, type RedisOptions } from "./connection.ts"

/** `keyPrefix` keeps deployments on one Redis apart. */
export const channelOf = (keyPrefix: string, id: OrderId): string => `${keyPrefix}order:${id}`

/** Channels in one command, so that none takes Redis long. */
const subscribedTogether = 500
/** After so long a subscription that was refused is tried again. */
const againAfter = "5 seconds"
/**
 * How often Redis is asked for a word. A peer that vanished sends no reset; an answer that is 5 s late ends the
 * connection (see `connection.ts`).
 */
const askedEach = "10 seconds"

export const layer = (options: RedisOptions): Layer.Layer<OrderChanges> =>
  Layer.effect(
    OrderChanges,
    Effect.gen(function* () {
      const fork = yield* FiberSet.makeRuntime<never, void, never>()
      const subscriber = new Subscriber(options, (effect) => void fork(effect))
      yield* Effect.addFinalizer(() => Effect.sync(() => subscriber.close()))
      return OrderChanges.of({
        watch: (id, wake): Effect.Effect<void, never, Scope.Scope> =>
          Effect.acquireRelease(
            Effect.sync(() => subscriber.add(id, wake)),
            () => Effect.sync(() => subscriber.remove(id, wake))
          ),
        hears: Effect.sync(() => subscriber.hears)
      })
    })
  )

class Subscriber {
  readonly #options: RedisOptions
  readonly #fork: (effect: Effect.Effect<void>) => void
  readonly #watchers = new Watchers()
  #redis: Redis | undefined
  #hears = false
  /** Whether it was logged that no notifications arrive. */
  #toldLoss = false
  #isRetrying = false
  #isClosed = false

  constructor(options: RedisOptions, fork: (effect: Effect.Effect<void>) => void) {
    this.#options = options
    this.#fork = fork
  }

  /** Whether the connection is subscribed to all that is watched. */
  get hears(): boolean {
    return this.#hears
  }

  add(id: OrderId, wake: Wake): void {
    const isFirst = this.#watchers.add(id, wake)
    this.#redis ??= this.#connect()
    if (!isFirst) wake(unknownVersion)
    // Until it is ready, it will subscribe to all then.
    else if (this.#redis.status === "ready")
      this.#subscribe(this.#redis, [id]).catch(this.#refused(this.#redis))
  }

  remove(id: OrderId, wake: Wake): void {
    if (!this.#watchers.remove(id, wake)) return
    // A channel that stays subscribed costs nothing but words that wake none.
    this.#redis?.unsubscribe(this.#channelOf(id)).catch(() => undefined)
  }

  close(): void {
    this.#isClosed = true
    this.#redis?.disconnect()
  }

  #channelOf(id: OrderId): string {
    return channelOf(this.#options.keyPrefix, id)
  }

  #connect(): Redis {
    const redis = openSubscriber(this.#options)
    const start = this.#channelOf(OrderId.make("")).length
    redis.on("message", (channel: string, version: string) => {
      this.#watchers.wake(OrderId.make(channel.slice(start)), Number(version))
    })
    redis.on("ready", () => this.#subscribeAll(redis))
    redis.on("close", () => this.#lose("the connection was closed"))
    redis.on("error", (error: Error) => this.#lose(error.message || error.name))
    // The events tell.
    redis.connect().catch(() => undefined)
    this.#fork(
      Effect.sync(() => void redis.ping().catch(() => undefined)).pipe(
        Effect.delay(askedEach),
        Effect.forever
      )
    )
    return redis
  }

  /** Words that came before Redis has answered may have been missed. */
  async #subscribe(redis: Redis, ids: ReadonlyArray<OrderId>): Promise<void> {
    await redis.subscribe(...ids.map((id) => this.#channelOf(id)))
    for (const id of ids) this.#watchers.wake(id, unknownVersion)
  }

  #subscribeAll(redis: Redis): void {
    const ids = this.#watchers.orders
    const groups = Array.from({ length: Math.ceil(ids.length / subscribedTogether) }, (_, i) =>
      ids.slice(i * subscribedTogether, (i + 1) * subscribedTogether)
    )
    Promise.all(groups.map((group) => this.#subscribe(redis, group))).then(
      () => this.#find(redis),
      this.#refused(redis)
    )
  }

  /** Subscribes to all again later. Otherwise a right that is granted would need a new connection. */
  #refused(redis: Redis): (error: unknown) => void {
    return (error) => {
      this.#lose(error instanceof Error ? error.message : String(error))
      if (this.#isRetrying) return
      this.#isRetrying = true
      const retry = Effect.sync(() => {
        this.#isRetrying = false
        // A connection that was lost meanwhile subscribes when it is ready.
        if (redis.status === "ready") this.#subscribeAll(redis)
      })
      this.#fork(Effect.delay(retry, againAfter))
    }
  }

  #find(redis: Redis): void {
    if (redis.status !== "ready") return
    this.#hears = true
    if (!this.#toldLoss) return
    this.#toldLoss = false
    this.#fork(Effect.logInfo("streams of orders hear of changes again"))
  }

  #lose(reason: string): void {
    this.#hears = false
    if (this.#toldLoss || this.#isClosed) return
    this.#toldLoss = true
    this.#fork(
      Effect.logWarning("streams of orders hear of no changes: they read the orders", reason)
    )
  }
}
