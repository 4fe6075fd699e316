// Records what a connection sends to the server, as the driver reports it, and under which operation.
import { Effect } from "effect"
import type { mongo } from "mongoose"
import type { MongoConnection } from "../../../../src/layers/mongo/MongoConnection.ts"

export interface Sent {
  /** Such as `OrderStore.find`. */
  readonly operation: string
  readonly name: string
  readonly command: mongo.Document
}

/** The URI of a connection whose commands can be recorded. */
export const monitored = (uri: string): string =>
  `${uri}${uri.includes("?") ? "&" : "?"}monitorCommands=true`

/** Operations must run one after the other: a command belongs to the one that runs. */
export const recordCommands = ({ mongoose }: MongoConnection["Service"]) => {
  const sent: Array<Sent> = []
  let running: string | undefined
  mongoose.getClient().on("commandStarted", ({ commandName: name, command }) => {
    if (running !== undefined) sent.push({ operation: running, name, command })
  })
  const record = Effect.fnUntraced(function* <A, E>(
    operation: string,
    effect: Effect.Effect<A, E>
  ) {
    const before = sent.length
    running = operation
    const answer = yield* effect
    running = undefined
    if (sent.length === before) return yield* Effect.die(new Error(`${operation} sent nothing`))
    return answer
  })
  return { sent, record }
}
