// What is read from a collection is checked before the domain sees it: a document that does not fit
// is a bug or a damaged database, and ends the call as a defect.
import { Effect, type Option, Schema } from "effect"

/** A decoder for documents that `toDomain` has given the domain's shape. */
export const decoder = <Document, S extends Schema.Codec<unknown, unknown>>(
  schema: S,
  toDomain: (document: Document) => unknown
) => {
  const decode = Schema.decodeUnknownEffect(schema)
  return (document: Document): Effect.Effect<S["Type"]> => Effect.orDie(decode(toDomain(document)))
}

/** The same for a query's answer: null is None. */
export const decodeNullable =
  <Document, A>(decode: (document: Document) => Effect.Effect<A>) =>
  (document: Document | null): Effect.Effect<Option.Option<A>> =>
    document === null ? Effect.succeedNone : Effect.asSome(decode(document))
