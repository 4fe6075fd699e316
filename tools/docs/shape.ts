// The fields of bodies in a line, in the notation of TypeScript. What several bodies contain is named, and described once.
import * as z from "zod"

const nameOf = (schema: z.core.$ZodType): string | undefined => z.globalRegistry.get(schema)?.id

/** The schema without what makes it optional, nullable or preset. */
const unwrapped = (schema: z.core.$ZodType): z.core.$ZodType =>
  schema instanceof z.ZodOptional ||
  schema instanceof z.ZodNullable ||
  schema instanceof z.ZodDefault
    ? unwrapped(schema.unwrap())
    : schema

/** More values than these say less about an endpoint than its page does. */
const fewValues = 3

const arrayOf = ({ element }: z.ZodArray): string => {
  const item = unwrapped(element)
  const shape = nameOf(item) ?? (item instanceof z.ZodObject ? fieldsOf(item) : "")
  return shape === "" ? "" : `[${shape}]`
}

/** What is known of a field besides its name; empty for a plain value. */
const typeOf = (schema: z.core.$ZodType): string => {
  const type = unwrapped(schema)
  const name = nameOf(type)
  if (name !== undefined) return name
  if (type instanceof z.ZodArray) return arrayOf(type)
  if (type instanceof z.ZodEnum && type.options.length <= fewValues)
    return type.options.map((option) => JSON.stringify(option)).join(" | ")
  return ""
}

const field = ([name, schema]: [string, z.core.$ZodType]): string => {
  const type = typeOf(schema)
  const isOptional = z.safeParse(schema, undefined).success
  return `${name}${isOptional ? "?" : ""}${type === "" ? "" : `: ${type}`}`
}

/** The fields of an object, one by one. */
export const fieldList = ({ shape }: z.ZodObject): ReadonlyArray<string> =>
  Object.entries(shape).map(field)

export const fieldsOf = (schema: z.ZodObject): string => `{ ${fieldList(schema).join(", ")} }`

/** Those that `fieldsOf` shows: of an object within an object its name alone. */
const childrenOf = (schema: z.core.$ZodType): ReadonlyArray<z.core.$ZodType> => {
  if (schema instanceof z.ZodArray) return [unwrapped(schema.element)]
  if (!(schema instanceof z.ZodObject)) return []
  return Object.values(schema.shape)
    .map(unwrapped)
    .filter((child) => !(child instanceof z.ZodObject) || nameOf(child) !== undefined)
}

export type Named = ReadonlyMap<string, z.ZodObject>

/** The named objects that bodies contain, in the order of the bodies. */
export const namedWithin = (bodies: ReadonlyArray<z.core.$ZodType>): Named => {
  const found = new Map<string, z.ZodObject>()
  const look = (schema: z.core.$ZodType): void => {
    for (const child of childrenOf(schema)) {
      const name = nameOf(child)
      if (name !== undefined && found.has(name)) continue
      if (name !== undefined && child instanceof z.ZodObject) found.set(name, child)
      look(child)
    }
  }
  for (const body of bodies) look(body)
  return found
}

/** A whole body: by its name where others contain it too. */
export const bodyOf = (schema: z.core.$ZodType, named: Named): string => {
  const name = nameOf(schema)
  if (name !== undefined && named.has(name)) return name
  if (schema instanceof z.ZodArray) return arrayOf(schema)
  return schema instanceof z.ZodObject ? fieldsOf(schema) : ""
}
