// What all models share: how a model is declared, how a document is checked before it is inserted, and how a
// document that was read is decoded.
import { Schema as EffectSchema, Option } from "effect"
import type { Connection, Model, mongo, Schema, SchemaOptions, SchemaType } from "mongoose"

/** A model with its document's type forgotten: all that matters here is its collection and indexes. */
export type AnyModel = Pick<
  Model<unknown>,
  "collection" | "createCollection" | "diffIndexes" | "modelName"
> & { readonly schema: { readonly get: (option: "capped") => SchemaOptions["capped"] } }

export type IndexKeys = Readonly<Record<string, 1 | -1>>

export interface StoredModel<D extends mongo.Document> {
  /** Mongoose's: it creates the collection and its indexes. */
  readonly model: AnyModel
  /** The driver's: all reads and writes go through it. */
  readonly collection: mongo.Collection<D>
  /**
   * Fills fields that an earlier version did not write, or writes differently. Yields after each write with the number of
   * its documents.
   */
  readonly fill: () => AsyncIterable<number>
  /** Of the model's indexes, those that `fill` needs. */
  readonly filledWith: ReadonlyArray<IndexKeys>
  /** Indexes that processes of the previous version need, and this one does not. */
  readonly outdated: ReadonlyArray<IndexKeys>
}

/** The duties of a model to earlier versions. */
export interface Upgrade<D extends mongo.Document> {
  readonly fill?: (collection: mongo.Collection<D>) => AsyncIterable<number>
  readonly filledWith?: ReadonlyArray<IndexKeys>
  readonly outdated?: ReadonlyArray<IndexKeys>
}

async function* nothing(): AsyncGenerator<number> {}

export const modelOf =
  <D extends mongo.Document>(
    name: string,
    schema: Schema<D>,
    { fill = nothing, filledWith = [], outdated = [] }: Upgrade<D> = {}
  ) =>
  (connection: Connection): StoredModel<D> => {
    const model = connection.model(name, schema)
    const collection = connection.collection<D>(model.collection.collectionName)
    return { model, collection, fill: () => fill(collection), filledWith, outdated }
  }

/**
 * The document, if it is what the schema says: no field is missing or unknown, each value has its field's type
 * and passes the field's validators. Nothing is converted. Throws otherwise, and quotes no value.
 *
 * Mongoose's own `validate` makes an object of every part of the document first. In a batch of orders that costs
 * some 190 µs an order, and this 10 (docs/decisions/0002-mongodb-access.md).
 */
export const checked = <D extends mongo.Document>(schema: Schema<D>, document: D): D => {
  checkFields(schema, document, `${schema.get("collection")}: `)
  return document
}

const checkFields = (schema: Pick<Schema, "paths">, document: mongo.Document, at: string): void => {
  for (const key of Object.keys(document))
    if (!Object.hasOwn(schema.paths, key)) throw new Error(`${at}${key} is not in the schema`)
  for (const [key, type] of Object.entries(schema.paths)) checkValue(type, document[key], at + key)
}

const checkValue = (type: SchemaType, value: unknown, at: string): void => {
  if (value === undefined || value === null) {
    if (type.isRequired === true) throw new Error(`${at} is missing`)
    return
  }
  const items = type.getEmbeddedSchemaType()
  if (items !== undefined && Array.isArray(value))
    for (const [i, item] of value.entries()) checkValue(items, item, `${at}.${i}`)
  else if (items === undefined && type.schema !== undefined && typeof value === "object")
    checkFields(type.schema, value, `${at}.`)
  else if (!isOfType(type, value)) throw new Error(`${at} is no ${type.instance}`)
  if (!type.validators.every(({ validator }) => validator?.(value)))
    throw new Error(`${at} is refused by its validator`)
}

/** Whether mongoose would leave the value as it is. */
const isOfType = (type: SchemaType, value: unknown): boolean => {
  try {
    return Object.is(type.cast(value), value)
  } catch {
    return false
  }
}

/**
 * A decoder for documents that `toDomain` has given the domain's shape. Throws for a document that does not
 * fit: a bug or a damaged database, and a defect of its reader alone.
 */
export const decoder = <D, S extends EffectSchema.Codec<unknown, unknown>>(
  schema: S,
  toDomain: (document: D) => unknown
) => {
  const decode = EffectSchema.decodeUnknownSync(schema)
  return (document: D): S["Type"] => decode(toDomain(document))
}

/** The same for a query's answer: null is None. */
export const decodeNullable =
  <D, A>(decode: (document: D) => A) =>
  (document: D | null): Option.Option<A> =>
    Option.map(Option.fromNullOr(document), decode)
