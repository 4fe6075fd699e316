// Settings that are allowed but probably a mistake: a misspelt variable, one variable of a pair, a URI without a
// database. Each is one sentence without a value.

import { Context, Effect, Option } from "effect"
import { distance } from "fastest-levenshtein"
import * as variables from "./variables.ts"

type Values = Readonly<Record<string, string | undefined>>

/** For the program to log once it has a logger. */
export const SettingWarnings = Context.Reference<ReadonlyArray<string>>(
  "programs/config/settingWarnings",
  { defaultValue: () => [] }
)

/** Logs each of them. */
export const logSettingWarnings = Effect.flatMap(SettingWarnings, (warnings) =>
  Effect.forEach(warnings, (warning) => Effect.logWarning(warning), { discard: true })
)

const names: ReadonlyArray<string> = Object.values(variables).map(({ name }) => name)

/** Names that belong to others: the SDKs' and Node's, and those that images, Kubernetes and the tests set. */
const ofOthers =
  /^(?:npm_|NODE_|OTEL_|TEST_|MONGO_INITDB_|AWS_(?!SQS_))|_SERVICE_(?:HOST|PORT)|_PORT_\d+_/u

/** A shorter name is near to too many others. */
const shortest = 8

const firstWord = (name: string): string => name.split("_", 1)[0] ?? name

/** Whether `name` is probably a misspelt `ours`: at most two letters differ, or one of them begins with the other. */
const isNear = (name: string, ours: string): boolean => {
  if (ours.length < shortest) return false
  if (distance(name, ours) <= 2) return true
  return firstWord(name) === firstWord(ours) && (name.startsWith(ours) || ours.startsWith(name))
}

/** The nearest of our variables that is not set itself. */
const meant = (name: string, values: Values): Option.Option<string> => {
  const bare = name.replace(/_FILE$/u, "")
  if (ofOthers.test(name) || names.includes(bare)) return Option.none()
  const near = names
    .filter((ours) => (values[ours] ?? "") === "" && isNear(bare, ours))
    .toSorted((a, b) => distance(bare, a) - distance(bare, b))
  return Option.fromUndefinedOr(near[0])
}

/** Variables that no program reads, each with the one that was likely meant. */
export const misspelt = (values: Values): ReadonlyArray<readonly [name: string, ours: string]> =>
  Object.keys(values).flatMap((name) =>
    Option.match(meant(name, values), { onNone: () => [], onSome: (ours) => [[name, ours]] })
  )

/** Halves with which a deployment may work: another source of credentials, or none at all, takes their place. */
const halves = [
  {
    set: "AWS_ACCESS_KEY_ID",
    without: "AWS_SECRET_ACCESS_KEY",
    so: "the key is not used, and the AWS SDK looks for credentials elsewhere"
  },
  {
    set: "AWS_SECRET_ACCESS_KEY",
    without: "AWS_ACCESS_KEY_ID",
    so: "the key is not used, and the AWS SDK looks for credentials elsewhere"
  },
  {
    set: "AWS_SESSION_TOKEN",
    without: "AWS_ACCESS_KEY_ID",
    so: "the token is not used, since it comes with a temporary key"
  },
  {
    set: "REDIS_USERNAME",
    without: "REDIS_PASSWORD",
    so: "the name is not used, and Redis takes this process for its default user"
  }
] as const

const sentenceOfHalf = ({ set, without, so }: (typeof halves)[number]): string =>
  `${set} is set without ${without}: ${so}. Set both, or neither.`

/** A URI with a host and no path, or an empty one. */
const withoutDatabase = /^mongodb(?:\+srv)?:\/\/[^/?]+\/?(?:\?|$)/u

const ofDatabase = (uri: string): ReadonlyArray<string> =>
  withoutDatabase.test(uri)
    ? [
        "MONGO_URI names no database, so MongoDB's default is used: test. Name one behind the hosts, such as mongodb://localhost:27017/orders."
      ]
    : []

const ofNames = (pairs: ReturnType<typeof misspelt>): ReadonlyArray<string> =>
  pairs.length === 0
    ? []
    : [
        `Variables that nothing here reads, and what was likely meant: ${pairs
          .map(([name, ours]) => `${name} (${ours})`)
          .join(", ")}.`
      ]

export const warningsOf = (values: Values): ReadonlyArray<string> => {
  const isSet = (name: string): boolean => (values[name] ?? "") !== ""
  return [
    ...ofNames(misspelt(values)),
    ...halves.filter(({ set, without }) => isSet(set) && !isSet(without)).map(sentenceOfHalf),
    ...ofDatabase(values["MONGO_URI"] ?? "")
  ]
}
