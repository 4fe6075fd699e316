// The runtimes that programs of this system run on as they are built, and how each is told to run one.
import { resolve } from "node:path"
import { obtainRuntime, type RuntimeName, versionOf } from "./obtain/runtimes.ts"
import { type Program, run, runProgram } from "./program.ts"

export interface Runtime {
  /** With its version. */
  readonly title: string
  /** Runs a file of this checkout with arguments of its own; the environment holds `env` and no other setting of ours. */
  readonly run: (
    file: string,
    env: Readonly<Record<string, string>>,
    args?: ReadonlyArray<string>
  ) => Program
}

const root = resolve(import.meta.dirname, "../..")

/** What comes before the file. Deno asks before it touches anything, unless it is told not to. */
const argumentsBefore: Readonly<Record<RuntimeName, ReadonlyArray<string>>> = {
  "Node 22": [],
  "Node 24": [],
  Bun: ["run"],
  Deno: ["run", "--allow-all"]
}

export const openRuntime = async (name: RuntimeName): Promise<Runtime> => {
  const { path } = await obtainRuntime(name)
  const word = name.split(" ")[0] ?? name
  return {
    title: `${word} ${versionOf(name)}`,
    run: (file, env, args = []) =>
      runProgram(path, [...argumentsBefore[name], resolve(root, file), ...args], env, root)
  }
}

/** The one that runs this. */
export const thisNode: Runtime = {
  title: `Node ${process.versions.node}`,
  run: (file, env, args = []) => run([resolve(root, file), ...args], env, root)
}
