// A command of the command line, how one is found among them, and what is said of words that name none.
import { Option } from "effect"
import { nearestWord } from "../nearestWord.ts"

/** Options of single commands; `--json`, `--yes` and `--help` go with each. */
export type Flag = "all" | "dry-run"

export interface Given {
  /** What stands behind the command's words. */
  readonly args: ReadonlyArray<string>
  readonly flags: ReadonlySet<Flag>
}

export interface Command<Work> {
  readonly words: string
  /** Its arguments and flags, as the usage shows them. */
  readonly takes: string
  readonly about: string
  /** Those that it has a use for. */
  readonly flags?: ReadonlyArray<Flag>
  /** Undefined where the arguments don't fit. */
  readonly run: (given: Given) => Work | undefined
}

type Named = Pick<Command<unknown>, "words">
type Described = Pick<Command<unknown>, "words" | "takes" | "about">

/** For commands that take nothing. */
export const alone =
  <A>(work: A) =>
  ({ args }: Given): A | undefined =>
    args.length === 0 ? work : undefined

/** For commands that take one argument. */
export const withOne =
  <A>(work: (arg: string, flags: ReadonlySet<Flag>) => A) =>
  ({ args, flags }: Given): A | undefined => {
    const [only, ...more] = args
    return only === undefined || more.length > 0 ? undefined : work(only, flags)
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

const aboutColumn = 38

const row = (left: string, right: string): string =>
  `  ${left.padEnd(aboutColumn - 2)}${left.length > aboutColumn - 3 ? ` ${right}` : right}`

/** How these commands are called. */
export const usageOf = (commands: ReadonlyArray<Described>): string =>
  [
    "Usage: npm run cli -- COMMAND [OPTIONS]",
    "       order-processing COMMAND [OPTIONS]   (where the package is installed)",
    "",
    ...commands.map(({ words, takes, about }) => row(`${words} ${takes}`.trim(), about)),
    row("help [COMMAND]", "this text, or what it says of one command"),
    "",
    row("--json, --no-json", "JSON or tables; without either, JSON where no terminal reads it"),
    row("--yes, -y", "goes on where a command would ask first"),
    row("--help, -h", "the same as help")
  ].join("\n")
