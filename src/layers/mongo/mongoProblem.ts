// Whether this process can serve from its database: a majority accepts writes, and every required index exists.
import { Effect, Option } from "effect"
import { CommandLine } from "../../services/runtime/CommandLine.ts"
import { MongoConnection } from "./MongoConnection.ts"
import { models } from "./models.ts"

const incomplete = (connection: MongoConnection["Service"]) =>
  connection.run(async () => {
    const checked = await Promise.all(
      models.map(async (modelOn) => {
        const { model } = modelOn(connection.mongoose)
        const { toCreate } = await model.diffIndexes()
        return toCreate.length > 0 ? [model.collection.collectionName] : []
      })
    )
    return checked.flat()
  })

/** A secret-free sentence where it is not ready. Takes at most 2 s. */
export const mongoProblem: Effect.Effect<
  Option.Option<string>,
  never,
  MongoConnection
> = Effect.gen(function* () {
  const connection = yield* MongoConnection
  const problem = yield* connection.problem
  if (Option.isSome(problem)) return problem
  const collections = yield* incomplete(connection)
  return collections.length === 0
    ? Option.none()
    : Option.some(
        `indexes are missing: ${collections.join(", ")}; run \`${yield* CommandLine} migrate\``
      )
}).pipe(
  Effect.timeout("2 seconds"),
  Effect.orElseSucceed(() => Option.some("MongoDB does not answer in time"))
)
