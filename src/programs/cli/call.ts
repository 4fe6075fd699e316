// One call of the command line, by its arguments: the command is found, its options are read, and it runs with the parts
// that it needs. The result is on standard output, everything else on standard error.
import { parseArgs } from "node:util"
import { Console, Effect, Option, Record, Struct } from "effect"
import { fromCommandLine, Origin } from "../../services/audit/Origin.ts"
import { CommandLine } from "../../services/runtime/CommandLine.ts"
import { nearestWord } from "../nearestWord.ts"
import { UsageError } from "../runMain.ts"
import {
  type Command,
  choose,
  type Flag,
  flags,
  type Given,
  groupOf,
  type Setting,
  type Settings,
  settings,
  usageOf,
  wrongWords
} from "./Command.ts"
import { commands } from "./commands.ts"
import { Manner } from "./Manner.ts"

/** Options of every command. */
const common = {
  json: { type: "boolean" },
  "no-json": { type: "boolean" },
  yes: { type: "boolean", short: "y" },
  help: { type: "boolean", short: "h" }
} as const
type Name = keyof typeof common | Flag

const options = {
  ...common,
  ...Record.map(flags, () => ({ type: "boolean" }) as const),
  ...Record.map(settings, () => ({ type: "string" }) as const)
}

const isName = (name: string): name is Name =>
  Object.hasOwn(common, name) || Object.hasOwn(flags, name)

const isSetting = (name: string): name is Setting => Object.hasOwn(settings, name)

interface Typed {
  readonly words: ReadonlyArray<string>
  readonly names: ReadonlySet<Name>
  readonly values: Settings
}

const usageFor = Effect.fnUntraced(function* (words: ReadonlyArray<string>) {
  const group = groupOf(commands, words)
  return usageOf(group, yield* CommandLine, group !== commands)
})

interface OptionToken {
  readonly name: string
  /** As it was typed. */
  readonly rawName: string
  readonly value: string | undefined
}

/** What is wrong with an option; undefined: nothing. */
const problemOf = ({ name, rawName, value }: OptionToken): string | undefined => {
  if (isSetting(name)) {
    // The next option is no value: that was forgotten.
    const isGiven = value !== undefined && !value.startsWith("--")
    return isGiven ? undefined : `${rawName} takes ${settings[name].value}.`
  }
  if (isName(name)) return value === undefined ? undefined : `${rawName} takes no value.`
  const near = nearestWord(
    rawName,
    Object.keys(options).map((known) => `--${known}`)
  )
  const hint = Option.match(near, { onNone: () => "", onSome: (n) => ` The nearest is ${n}.` })
  return `There is no option ${rawName}.${hint}`
}

const read = Effect.fnUntraced(function* (line: ReadonlyArray<string>) {
  const { tokens } = parseArgs({
    args: [...line],
    options,
    allowPositionals: true,
    strict: false,
    tokens: true
  })
  const words = tokens.flatMap((token) => (token.kind === "positional" ? [token.value] : []))
  const names = new Set<Name>()
  const values: { [S in Setting]?: string } = {}
  for (const token of tokens) {
    if (token.kind !== "option") continue
    const problem = problemOf(token)
    if (problem !== undefined)
      return yield* new UsageError({ problem, usage: yield* usageFor(words) })
    const { name, value = "" } = token
    if (isSetting(name)) values[name] = value
    else if (isName(name)) names.add(name)
  }
  return { words, names, values } satisfies Typed
})

/** The options that were given, if the command accepts all of them. */
const optionsFor = (
  {
    flags: ownFlags = [],
    settings: ownSettings = []
  }: Pick<Command<unknown>, "words" | "flags" | "settings">,
  { names, values }: Typed
): Pick<Given, "flags" | "settings"> | undefined => {
  const given = Struct.keys(flags).filter((flag) => names.has(flag))
  const isFitting =
    given.every((flag) => ownFlags.includes(flag)) &&
    Struct.keys(values).every((name) => ownSettings.includes(name))
  return isFitting ? { flags: new Set(given), settings: values } : undefined
}

/** The usage of what is asked about. */
const help = Effect.fnUntraced(function* (about: ReadonlyArray<string>) {
  const usage = yield* usageFor(about)
  if (about.length > 0 && groupOf(commands, about) === commands)
    return yield* new UsageError({ problem: wrongWords(commands, about), usage })
  yield* Console.log(usage)
})

/** Loaded with the first error, since it knows the errors of MongoDB's driver. */
const inWords = <E extends { readonly _tag: string }>(error: E) =>
  Effect.gen(function* () {
    const { spoken } = yield* Effect.promise(() => import("./sentences.ts"))
    return yield* Effect.fail(spoken(error, yield* CommandLine))
  })

/** `line`: what stands behind the program's name. */
export const call = Effect.fnUntraced(
  function* (line: ReadonlyArray<string>) {
    const typed = yield* read(line)
    const { words, names } = typed
    if (words[0] === "help") return yield* help(words.slice(1))
    if (names.has("help")) return yield* help(words)
    const usage = yield* usageFor(words)
    const chosen = choose(commands, words)
    if (Option.isNone(chosen))
      return yield* new UsageError({ problem: wrongWords(commands, words), usage })
    const { command, args } = chosen.value
    const given = optionsFor(command, typed)
    const work = given === undefined ? undefined : command.run({ args, ...given })
    if (work === undefined) {
      const problem = `"${command.words}" takes ${command.takes || "nothing"}.`
      return yield* new UsageError({ problem, usage })
    }
    const said = names.has("no-json") ? Option.some(false) : Option.none()
    // A generator takes any of the commands' effects; `pipe` would take one type of them.
    yield* Effect.gen(function* () {
      yield* work
    }).pipe(
      Effect.provideService(Manner, {
        json: names.has("json") ? Option.some(true) : said,
        yes: names.has("yes")
      }),
      Effect.catch(inWords)
    )
  },
  Effect.provideService(Origin, fromCommandLine)
)
