// The endpoints of docs/api.md, from the operations that routes and the OpenAPI document are made of.
import type { Answer, Operation } from "../../src/api/contract/operation.ts"
import { callers, openApiDocument, operationsOf } from "../../src/api/openapi.ts"
import { bodyOf, fieldList, fieldsOf, namedWithin } from "./shape.ts"
import { code, codes, tableOf } from "./table.ts"

/** With every operation that a deployment may have. */
const operations = operationsOf({ mailbox: true, openMetrics: false })

const answers = operations.flatMap(
  (operation): ReadonlyArray<Answer> => Object.values(operation.answers)
)
const named = namedWithin(answers.flatMap(({ body }) => body ?? []))

const takes = ({ query, headers, body, bodyIsOptional }: Operation): string =>
  [
    ...(query === undefined ? [] : [`query ${codes(fieldList(query))}`]),
    ...(headers === undefined ? [] : [`header ${codes(Object.keys(headers.shape))}`]),
    ...(body === undefined ? [] : [`${bodyIsOptional ? "none, or " : ""}${code(fieldsOf(body))}`])
  ].join("; ")

const answer = ([status, { description, type, orCsv, body, headers = {} }]: [string, Answer]) => {
  const shape = body === undefined ? "" : bodyOf(body, named)
  const parts = [
    status,
    ...(type === undefined ? [] : [code(type)]),
    ...(shape === "" ? [] : [code(shape)]),
    ...(orCsv ? ["or CSV"] : []),
    ...(Object.keys(headers).length === 0 ? [] : [`with ${codes(Object.keys(headers))}`])
  ]
  return `${parts.join(" ")}: ${description}`
}

const row = (operation: Operation): ReadonlyArray<string> => [
  code(`${operation.method.toUpperCase()} ${operation.path}`),
  callers[operation.caller].replace(/\.$/u, ""),
  [`${operation.summary}.`, operation.description].filter((part) => part !== undefined).join(" "),
  takes(operation),
  Object.entries(operation.answers).map(answer).join("; "),
  codes(operation.errors)
]

const columns = ["endpoint", "for", "does", "takes", "answers", "own errors"]

/** A table for each tag, and one for what bodies contain. */
export const endpoints = (): string => {
  const tags = openApiDocument(operations).tags ?? []
  return [
    ...tags.flatMap(({ name, description }) => [
      `### ${name}`,
      `${description}.`,
      tableOf(columns, operations.filter(({ tag }) => tag === name).map(row))
    ]),
    "### What answers contain",
    tableOf(
      ["name", "fields"],
      Array.from(named, ([name, schema]) => [code(name), code(fieldsOf(schema))])
    )
  ].join("\n\n")
}
