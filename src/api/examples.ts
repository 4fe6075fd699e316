// Examples of requests and answers, made from the schemas of the OpenAPI document: a field has its own, and an object
// has those of its fields. Tests check each against its schema.
import type { oas31 } from "zod-openapi"
import { resolve, type SchemaNode } from "./jsonSchema.ts"

type Document = oas31.OpenAPIObject

/** Throws where a field has no example: it says which. `at`: where the schema is, for that. */
export const exampleOf = (document: Document, schema: SchemaNode, at: string): unknown => {
  const node = resolve(document, schema)
  for (const own of [schema, node]) if (own.example !== undefined) return own.example
  if (node.const !== undefined) return node.const
  if (node.enum !== undefined) return node.enum[0]
  if (node.default !== undefined) return node.default
  const [first] = node.anyOf ?? node.oneOf ?? []
  if (first !== undefined) return exampleOf(document, first, at)
  if (node.items !== undefined) return [exampleOf(document, node.items, `${at}[]`)]
  if (node.properties === undefined) throw new Error(`${at} has no example`)
  return Object.fromEntries(
    Object.entries(node.properties).map(([name, property]) => [
      name,
      exampleOf(document, property, `${at}.${name}`)
    ])
  )
}

const problemType = "application/problem+json"

interface Media {
  schema?: SchemaNode
  example?: unknown
  examples?: Readonly<Record<string, { readonly $ref: string }>>
}

const nameOf = ({ $ref = "" }: SchemaNode): string => $ref.slice($ref.lastIndexOf("/") + 1)

/** Problems are the same wherever they are answered: each is in the document once. */
const addProblems = (
  document: Document,
  media: Media,
  shared: Record<string, oas31.ExampleObject>
): void => {
  const schema = media.schema ?? {}
  const names = (schema.anyOf ?? [schema]).map(nameOf)
  for (const name of names)
    shared[name] ??= {
      summary: resolve(document, { $ref: `#/components/schemas/${name}` }).title ?? name,
      value: exampleOf(document, { $ref: `#/components/schemas/${name}` }, name)
    }
  media.examples = Object.fromEntries(
    names.map((name) => [name, { $ref: `#/components/examples/${name}` }])
  )
}

/** Gives each body of the document an example, where it has none. */
export const addExamples = (document: Document): void => {
  const shared: Record<string, oas31.ExampleObject> = {}
  const addTo = (content: Readonly<Record<string, Media>> | undefined, at: string): void => {
    for (const [type, media] of Object.entries(content ?? {}))
      if (type === problemType) addProblems(document, media, shared)
      else media.example ??= exampleOf(document, media.schema ?? {}, at)
  }
  for (const item of Object.values(document.paths ?? {}))
    for (const operation of Object.values(item as Record<string, oas31.OperationObject>)) {
      const { operationId = "", requestBody, responses = {} } = operation
      addTo((requestBody as { content?: Record<string, Media> } | undefined)?.content, operationId)
      for (const [status, response] of Object.entries(responses))
        addTo((response as { content?: Record<string, Media> }).content, `${operationId} ${status}`)
    }
  document.components = { ...document.components, examples: shared }
}
