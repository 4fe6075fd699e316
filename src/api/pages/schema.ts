// JSON Schemas as rows of a table: one per field, nested ones by their path.
import { resolve, type SchemaNode } from "../jsonSchema.ts"
import type { OpenApiDocument } from "../openapi.ts"

export interface FieldRow {
  readonly path: string
  readonly required: boolean
  readonly type: string
  readonly description: string
}

export const fieldRows = (
  document: OpenApiDocument,
  schema: SchemaNode,
  prefix = ""
): ReadonlyArray<FieldRow> => {
  const node = resolve(document, schema)
  if (node.type === "array" && node.items !== undefined)
    return fieldRows(document, node.items, `${prefix}[]`)
  return Object.entries(node.properties ?? {}).flatMap(([name, property]) => {
    const path = prefix === "" ? name : `${prefix}.${name}`
    const value = resolve(document, property)
    return [
      {
        path,
        required: node.required?.includes(name) ?? false,
        type: typeName(document, value),
        description: property.description ?? value.description ?? ""
      },
      ...fieldRows(document, value, path)
    ]
  })
}

/** A type with its bounds, short enough for a table. */
export const typeName = (document: OpenApiDocument, schema: SchemaNode): string => {
  const node = resolve(document, schema)
  if (node.const !== undefined) return JSON.stringify(node.const)
  if (node.enum !== undefined) return node.enum.map((value) => JSON.stringify(value)).join(" | ")
  if (node.anyOf !== undefined)
    return node.anyOf.map((member) => typeName(document, member)).join(" | ")
  if (node.type === "array")
    return `list of ${typeName(document, node.items ?? {})}${range(node.minItems, node.maxItems)}`
  if (node.type === "string") return `${node.format ?? "string"}${lengths(node)}`
  if (node.type === "integer") return `integer${range(node.minimum, node.maximum)}`
  return node.type ?? "any"
}

const lengths = ({ minLength, maxLength, format }: SchemaNode): string =>
  format === undefined && maxLength !== undefined
    ? `, ${minLength ?? 0} to ${maxLength} characters`
    : ""

/** The bounds that say something: those of exact integers do not. */
const range = (minimum: number | undefined, maximum: number | undefined): string => {
  const low = minimum === undefined || minimum === Number.MIN_SAFE_INTEGER ? undefined : minimum
  const high = maximum === undefined || maximum === Number.MAX_SAFE_INTEGER ? undefined : maximum
  if (low !== undefined && high !== undefined) return `, ${low} to ${high}`
  if (low !== undefined) return `, at least ${low}`
  return high === undefined ? "" : `, at most ${high}`
}
