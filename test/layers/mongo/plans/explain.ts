// What the server reads to answer a command: its plan, carried out without effect.
import type { mongo } from "mongoose"
import type { Sent } from "./recordCommands.ts"

export interface Cost {
  /** Of the plan that is used, inner ones too. */
  readonly stages: ReadonlySet<string>
  readonly keys: number
  readonly documents: number
  /** Documents that the plan gives or counts, or that it would write. */
  readonly found: number
}

/** What belongs to the session a command was sent in, and what is no part of a plan. */
const envelope = new Set([
  ...["lsid", "txnNumber", "startTransaction", "autocommit", "readConcern", "writeConcern"],
  ...["$db", "$clusterTime", "$readPreference", "maxTimeMS", "ordered", "new"]
])

/** Where a command keeps its statements, if it may have several. */
const listOf = (name: string) => ({ update: "updates", delete: "deletes" })[name]

/** The statements that a recorded command consists of, one by one, as `explain` takes them. */
export const statements = ({ name, command }: Sent): ReadonlyArray<mongo.Document> => {
  const bare = Object.fromEntries(Object.entries(command).filter(([key]) => !envelope.has(key)))
  const list = listOf(name)
  if (list === undefined) return [bare]
  const all: ReadonlyArray<mongo.Document> = bare[list]
  return all.map((statement) => ({ ...bare, [list]: [statement] }))
}

const filterOf = (name: string, statement: mongo.Document): object => {
  const list = listOf(name)
  return list === undefined
    ? (statement["filter"] ?? statement["query"] ?? {})
    : statement[list][0].q
}

/** Such as `orders.find(userId, status)`: collection, command, and what it filters by or goes through. */
export const labelOf = (name: string, statement: mongo.Document): string => {
  const parts =
    name === "aggregate"
      ? statement["pipeline"].flatMap((stage: object) => Object.keys(stage))
      : Object.keys(filterOf(name, statement))
  return `${statement[name]}.${name}(${parts.join(", ")})`
}

/** Every object in it, except in plans that lost. */
const objectsIn = (value: unknown): ReadonlyArray<mongo.Document> => {
  if (typeof value !== "object" || value === null) return []
  const inner = Object.entries(value).filter(([key]) => key !== "rejectedPlans")
  return [value, ...inner.flatMap(([, part]) => objectsIn(part))]
}

/** A pipeline's own stages are keys, a plan's are values of `stage`. */
const stagesIn = (objects: ReadonlyArray<mongo.Document>): ReadonlySet<string> =>
  new Set(
    objects.flatMap((object) => [
      ...(typeof object["stage"] === "string" ? [object["stage"]] : []),
      ...("$sort" in object ? ["SORT"] : [])
    ])
  )

export const explain = async (db: mongo.Db, statement: mongo.Document): Promise<Cost> => {
  const { command: _, ...answer } = await db.command({
    explain: statement,
    verbosity: "executionStats"
  })
  const objects = objectsIn(answer)
  const [stats, ...more] = objects.filter((object) => "totalDocsExamined" in object)
  // Several where a pipeline reads another collection too: what it costs there would have to be added.
  if (stats === undefined || more.length > 0)
    throw new Error(`not one count of documents in ${JSON.stringify(answer)}`)
  const given = objectsIn(stats).map(
    (object) => object["nMatched"] ?? object["nWouldDelete"] ?? object["nCounted"]
  )
  return {
    stages: stagesIn(objects),
    keys: stats["totalKeysExamined"],
    documents: stats["totalDocsExamined"],
    found: Math.max(stats["nReturned"], ...given.filter(Number.isInteger))
  }
}
