// The commands of docs/commands.md, from the rows that the command line finds its commands in.
import { type Command, commonOptions, flags, settings } from "../../src/programs/cli/Command.ts"
import { commands } from "../../src/programs/cli/commands.ts"
import { code, codes, tableOf } from "./table.ts"

const rows: ReadonlyArray<Omit<Command<unknown>, "run">> = commands

const settingOf = (name: keyof typeof settings): string => `--${name} ${settings[name].value}`

const commandTable = (): string =>
  tableOf(
    ["command", "does", "options"],
    rows.map(({ words, takes, about, flags: ownFlags = [], settings: ownSettings = [] }) => [
      code(`${words} ${takes}`.trim()),
      about,
      codes([...ownSettings, ...ownFlags].map((name) => `--${name}`))
    ])
  )

const optionTable = (): string =>
  tableOf(
    ["option", "means"],
    [
      ...Object.keys(settings).map((name) => {
        const setting = name as keyof typeof settings
        return [code(settingOf(setting)), settings[setting].about]
      }),
      ...Object.entries(flags).map(([name, about]) => [code(`--${name}`), about]),
      ...Object.entries(commonOptions).map(([names, about]) => [code(names), about])
    ]
  )

export const commandTables = (): string => `${commandTable()}\n\n${optionTable()}`
