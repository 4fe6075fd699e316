// JSON Schemas of the OpenAPI document, as far as this project's use them.
import type { oas31 } from "zod-openapi"

/** The keywords of JSON Schema that our schemas use. */
export interface SchemaNode {
  readonly $ref?: string
  readonly type?: string
  readonly format?: string
  readonly pattern?: string
  readonly description?: string
  readonly const?: unknown
  readonly default?: unknown
  readonly enum?: ReadonlyArray<unknown>
  readonly title?: string
  readonly example?: unknown
  readonly oneOf?: ReadonlyArray<SchemaNode>
  readonly anyOf?: ReadonlyArray<SchemaNode>
  readonly properties?: Readonly<Record<string, SchemaNode>>
  readonly additionalProperties?: SchemaNode | boolean
  readonly required?: ReadonlyArray<string>
  readonly items?: SchemaNode
  readonly minimum?: number
  readonly maximum?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly minItems?: number
  readonly maxItems?: number
}

export const resolve = (document: oas31.OpenAPIObject, node: SchemaNode): SchemaNode => {
  const name = node.$ref?.split("/").at(-1)
  const target = name === undefined ? undefined : document.components?.schemas?.[name]
  return target === undefined ? node : (target as SchemaNode)
}
