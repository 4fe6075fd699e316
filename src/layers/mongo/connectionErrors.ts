// Errors for which MongoDB is unusable until an operator acts, in contrast to an outage that ends by itself. No message
// quotes the URI or the driver's text about it: both may contain the password.
import { Data, Option } from "effect"
import { Error as MongooseError, mongo } from "mongoose"
import { mongoVerdict } from "./mongoErrors.ts"

/** The server has no transactions; `setName` is the replica set that the URI asks for, if it does. */
export class StandaloneMongo extends Data.TaggedError("StandaloneMongo")<{
  readonly setName?: string | undefined
}> {
  override get message() {
    const what =
      this.setName === undefined
        ? "MongoDB is a standalone server, which has no transactions."
        : `No server of MONGO_URI is a member of the replica set ${this.setName} that it names: it is a ` +
          "standalone server, which has no transactions, or its set has another name."
    return (
      `${what} Make it a replica set of one: start it as \`mongod --replSet ${this.setName ?? "rs0"}\`, ` +
      "then run `rs.initiate()` once in mongosh."
    )
  }
}

/** The URI itself is wrong. */
export class MongoUriRefused extends Data.TaggedError("MongoUriRefused")<{
  readonly problem: "credentials" | "syntax"
}> {
  override get message() {
    return this.problem === "credentials"
      ? "MongoDB refuses the user name and password of MONGO_URI. Check them, and `authSource` where the " +
          "user is kept in another database."
      : "MONGO_URI cannot be read: it should be a MongoDB URI with options that MongoDB knows, its user " +
          "name and password percent-encoded."
  }
}

export type MongoRefused = StandaloneMongo | MongoUriRefused

/** What the driver labels its errors with while it greets a server and authenticates. */
const handshake = "HandshakeError"

/** A driver that looks for a set drops servers that are no members of it: none is left then. */
const unknownSetOf = (error: unknown): Option.Option<string> => {
  if (!(error instanceof MongooseError.MongooseServerSelectionError)) return Option.none()
  const { servers, setName } =
    (error as { reason?: Partial<mongo.TopologyDescription> }).reason ?? {}
  return servers?.size === 0 ? Option.fromNullishOr(setName) : Option.none()
}

/** What an operator has to mend; none for an outage or a bug. */
export const refusalOf = (error: unknown): Option.Option<MongoRefused> => {
  // The driver's class, or that of its parser, which it does not export.
  if (error instanceof Error && error.name === "MongoParseError")
    return Option.some(new MongoUriRefused({ problem: "syntax" }))
  if (
    error instanceof mongo.MongoError &&
    error.hasErrorLabel(handshake) &&
    mongoVerdict(error) === "refusal"
  )
    return Option.some(new MongoUriRefused({ problem: "credentials" }))
  return Option.map(unknownSetOf(error), (setName) => new StandaloneMongo({ setName }))
}
