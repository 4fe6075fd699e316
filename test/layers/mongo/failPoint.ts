// Makes the server fail commands of its clients until the scope closes.
import { Effect } from "effect"
import { mongo } from "mongoose"

export interface Fault {
  readonly failCommands: ReadonlyArray<string>
  readonly errorCode?: number
  readonly errorLabels?: ReadonlyArray<string>
  readonly closeConnection?: boolean
  readonly blockConnection?: boolean
  readonly blockTimeMS?: number
  /** The command is carried out, and its answer says that no majority has it. */
  readonly writeConcernError?: { readonly code: number; readonly errmsg: string }
}

/** `appName`: only the connections of that name, since suites share the server. */
export const failPoint = Effect.fnUntraced(function* (
  uri: string,
  appName: string,
  times: number,
  fault: Fault
) {
  const client = yield* Effect.acquireRelease(
    Effect.promise(() => new mongo.MongoClient(uri).connect()),
    (open) => Effect.promise(() => open.close())
  )
  const admin = client.db("admin")
  const configure = (mode: unknown, data = {}) =>
    Effect.promise(() => admin.command({ configureFailPoint: "failCommand", mode, data }))
  const { count } = yield* Effect.acquireRelease(configure({ times }, { appName, ...fault }), () =>
    configure("off")
  )
  return {
    /** Waits until so many commands were hit. */
    hit: (hits: number) =>
      Effect.promise(() =>
        admin.command({
          waitForFailPoint: "failCommand",
          timesEntered: count + hits,
          maxTimeMS: 20_000
        })
      )
  }
})
