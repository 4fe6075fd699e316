// What a deployment is made of, as tests look at it.
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { ConfigProvider, Effect, Layer, Option } from "effect"
import { readEnvironment } from "../../src/programs/config/environment.ts"
import { Unusable } from "../../src/programs/config/Variable.ts"
import * as variables from "../../src/programs/config/variables.ts"

const root = join(import.meta.dirname, "../..")

export const read = (path: string): string => readFileSync(join(root, path), "utf8")
export const exists = (path: string): boolean => existsSync(join(root, path))

/** The first group of every match. */
export const all = (text: string, pattern: RegExp): ReadonlyArray<string> =>
  Array.from(text.matchAll(pattern), ([, group = ""]) => group)

/** The first group of the only match. */
export const one = (text: string, pattern: RegExp): string => {
  const [found, ...more] = all(text, new RegExp(pattern.source, `g${pattern.flags}`))
  if (found === undefined || more.length > 0) throw new Error(`not one match of ${pattern}`)
  return found
}

export const dockerfile = read("Dockerfile")

/** The arguments of the image's CMD. */
export const imageCommand: ReadonlyArray<string> = JSON.parse(
  one(dockerfile.split(/^FROM /mu).at(-1) ?? "", /^CMD (\[.*\])$/mu)
)

/** Names of variables, their files' included, that the programs read. */
export const knownVariables: ReadonlySet<string> = new Set(
  Object.values(variables).flatMap(({ name }) => [name, `${name}_FILE`])
)

type Values = Readonly<Record<string, string>>

/** What a program's configuration is in this environment, and what it would warn of at start. */
export const configured = <A, E>(
  config: Effect.Effect<A, E>,
  given: Values,
  files: Values = {}
) => {
  const environment = readEnvironment(given, Option.none(), (path) =>
    Option.map(Option.fromUndefinedOr(files[path]), (text) => new TextEncoder().encode(text))
  )
  const layer = Layer.merge(
    ConfigProvider.layer(ConfigProvider.fromEnvRecord(environment.variables)),
    Layer.succeed(Unusable, environment.problems)
  )
  return {
    config: Effect.runSync(Effect.provide(config, layer)),
    warnings: environment.warnings
  }
}

/** The programs that a build makes. */
export const programs: ReadonlyArray<string> = all(
  one(read("build.ts"), /^const programs = \[(.*?)\]/mu),
  /"(\w+)"/gu
).map((name) => `dist/programs/${name}.js`)
