// A command of the command line, how it is found by its words, and the error for unknown words.
import { Option } from "effect"
import {
  confirmationStates,
  noticeStates,
  orderStatuses
} from "../../services/orders/model/OrderStatus.ts"
import { nearestWord } from "../nearestWord.ts"

/** Options of single commands that take no value; `--json`, `--yes` and `--help` go with each command. */
export const flags = {
  all: "all that lie there",
  "dry-run": "checks, and changes nothing",
  attention: "only orders that an operator should look at"
} as const
export type Flag = keyof typeof flags

const list = (words: ReadonlyArray<string>): string =>
  `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`

/** Options of single commands with the value that each takes. */
export const settings = {
  status: { value: "STATUS", about: list(orderStatuses) },
  mail: { value: "STATE", about: `of the confirmation mail: ${list(confirmationStates)}` },
  notice: { value: "STATE", about: `of the mail about the order's end: ${list(noticeStates)}` },
  email: { value: "EMAIL", about: "the address of the orders' user" },
  sku: { value: "SKU", about: "orders with a line of it" },
  number: { value: "NUMBER", about: "the order's number" },
  from: { value: "TIME", about: "placed at or after it, such as 2026-01-31T12:00:00Z" },
  to: { value: "TIME", about: "placed before it" },
  limit: { value: "COUNT", about: "at most so many, 20 by default, 100 at most" },
  cursor: { value: "CURSOR", about: "goes on where a list ended, which says how" },
  reason: { value: "TEXT", about: "why, for the audit event" }
} as const
export type Setting = keyof typeof settings

/** What a command was given of them. */
export type Settings = { readonly [S in Setting]?: string }

export interface Given {
  /** What stands behind the command's words. */
  readonly args: ReadonlyArray<string>
  readonly flags: ReadonlySet<Flag>
  readonly settings: Settings
}

export interface Command<Work> {
  readonly words: string
  /** Its arguments and flags, as the usage shows them. */
  readonly takes: string
  readonly about: string
  /** Those that it has a use for. */
  readonly flags?: ReadonlyArray<Flag>
  readonly settings?: ReadonlyArray<Setting>
  /** Undefined where the arguments don't fit. */
  readonly run: (given: Given) => Work | undefined
}

type Named = Pick<Command<unknown>, "words">
type Described = Pick<Command<unknown>, "words" | "takes" | "about" | "flags" | "settings">

/** For commands that take nothing. */
export const alone =
  <A>(work: A) =>
  ({ args }: Given): A | undefined =>
    args.length === 0 ? work : undefined

/** For commands that take one argument. */
export const withOne =
  <A>(work: (arg: string, given: Given) => A) =>
  (given: Given): A | undefined => {
    const [only, ...more] = given.args
    return only === undefined || more.length > 0 ? undefined : work(only, given)
  }

export interface Chosen<C> {
  readonly command: C
  readonly args: ReadonlyArray<string>
}

/** The command that `typed` begins with; of two the one with more words. */
export const choose = <C extends Named>(
  commands: ReadonlyArray<C>,
  typed: ReadonlyArray<string>
): Option.Option<Chosen<C>> => {
  const [command] = commands
    .filter(({ words }) => typed.slice(0, words.split(" ").length).join(" ") === words)
    .toSorted((a, b) => b.words.length - a.words.length)
  return Option.map(Option.fromUndefinedOr(command), (found) => ({
    command: found,
    args: typed.slice(found.words.split(" ").length)
  }))
}

const firstOf = ({ words }: Named): string => words.split(" ")[0] ?? ""

/** The commands that share the first word of `typed`; all where none does. */
export const groupOf = <C extends Named>(
  commands: ReadonlyArray<C>,
  typed: ReadonlyArray<string>
): ReadonlyArray<C> => {
  const group = commands.filter((command) => firstOf(command) === typed[0])
  return group.length > 0 ? group : commands
}

/** The words that were likely meant: first the group, then what it has. */
const meant = (
  commands: ReadonlyArray<Named>,
  [first = "", second]: ReadonlyArray<string>
): Option.Option<string> => {
  const firsts = [...new Set(commands.map(firstOf)), "help"]
  const group = firsts.includes(first) ? Option.some(first) : nearestWord(first, firsts)
  return Option.map(group, (word) => {
    const verbs = commands
      .filter((command) => firstOf(command) === word)
      .flatMap(({ words }) => words.split(" ").slice(1))
    const verb = second === undefined ? Option.none() : nearestWord(second, verbs)
    return Option.match(verb, { onNone: () => word, onSome: (near) => `${word} ${near}` })
  })
}

/** What is wrong with words that name no command. */
export const wrongWords = (
  commands: ReadonlyArray<Named>,
  typed: ReadonlyArray<string>
): string => {
  if (typed.length === 0) return "A command is missing."
  const named = typed.slice(0, 2).join(" ")
  const isGroup = commands.some((command) => firstOf(command) === typed[0])
  const sentence =
    isGroup && typed.length === 1 ? `"${named}" lacks a word.` : `There is no command "${named}".`
  return Option.match(
    Option.filter(meant(commands, typed), (near) => near !== named && near !== typed[0]),
    { onNone: () => sentence, onSome: (near) => `${sentence} The nearest is "${near}".` }
  )
}

/** What each command takes too. */
export const commonOptions = {
  "--json, --no-json": "JSON or tables; without either, JSON where no terminal reads it",
  "--yes, -y": "goes on where a command would ask first",
  "--help, -h": "the same as help"
} as const

const aboutColumn = 38

const row = (left: string, right: string): string =>
  `  ${left.padEnd(aboutColumn - 2)}${left.length > aboutColumn - 3 ? ` ${right}` : right}`

/** What its options are. */
const optionRows = ({
  flags: ownFlags = [],
  settings: ownSettings = []
}: Described): ReadonlyArray<string> => [
  ...ownSettings.map((name) => row(`  --${name} ${settings[name].value}`, settings[name].about)),
  ...ownFlags.map((name) => row(`  --${name}`, flags[name]))
]

/** How these commands are called after `called`; `detailed`: with the options of each. */
export const usageOf = (
  commands: ReadonlyArray<Described>,
  called: string,
  detailed = false
): string =>
  [
    `Usage: ${called} COMMAND [OPTIONS]`,
    "",
    ...commands.flatMap((command) => [
      row(`${command.words} ${command.takes}`.trim(), command.about),
      ...(detailed ? optionRows(command) : [])
    ]),
    row("help [COMMAND]", "this text, or what it says of one command, with its options"),
    "",
    ...Object.entries(commonOptions).map(([option, about]) => row(option, about))
  ].join("\n")
