// `npm run dev` and `npm run dev:live`: runs the system (src/programs/dev.ts) in a process of its own, and begins anew
// after each edit. Its exit code is the system's. It ends as the system ends at its first start, and later waits for
// an edit that mends it.
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync } from "node:fs"
import { join, relative, resolve } from "node:path"
import { parseArgs } from "node:util"
import { scalarFile } from "../../src/layers/scalar/scalarScript.ts"
import { watchEdits } from "./edits.ts"
import type { Live } from "./live.ts"

const root = resolve(import.meta.dirname, "../..")

const usage = "Usage: npm run dev, or npm run dev:live [-- --data FOLDER]   (.data by default)"

const say = (line: string): void => {
  process.stderr.write(`[dev] ${line}\n`)
}

interface Options {
  readonly live: boolean
  readonly data: string
}

/** Undefined where the arguments don't fit. */
const readOptions = (): Options | undefined => {
  try {
    const { values } = parseArgs({
      options: { live: { type: "boolean", default: false }, data: { type: "string" } }
    })
    const { live, data } = values
    if (data !== undefined && !live) return undefined
    return { live, data: resolve(data ?? join(root, ".data")) }
  } catch {
    return undefined
  }
}

/** How long a system may finish what it has before the next one begins. */
const finishMillis = 5000

/** The system that runs, and whether it was told to stop. */
let running: ChildProcess | undefined
let isStopping = false
const edits = watchEdits(root, (reason) => say(`edits are not seen: ${reason}`))

const begin = (env: Readonly<Record<string, string>>): ChildProcess =>
  spawn(
    process.execPath,
    [
      ...["--import", join(root, "src/programs/node-floor.js")],
      ...["--import", join(import.meta.dirname, "tether.ts")],
      join(root, "src/programs/dev.ts")
    ],
    {
      // Variables of this process win over the secrets of the data folder.
      env: { ...env, ...process.env, ...addressesOf(env) },
      // Ctrl-C is for this process, which hands it on once.
      detached: true,
      stdio: ["inherit", "inherit", "inherit", "ipc"]
    }
  )

/** Of the kept MongoDB and Redis, which nothing may replace. */
const addressesOf = (env: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(env).filter(([name]) => /^(?:MONGO|REDIS)_/u.test(name)))

const exitCodeOf = async (child: ChildProcess): Promise<number> => {
  const [code] = await once(child, "exit")
  return typeof code === "number" ? code : 1
}

/** A second signal ends what the first has not. */
const end = async (child: ChildProcess, ended: Promise<number>): Promise<void> => {
  child.kill("SIGTERM")
  const again = setTimeout(() => child.kill("SIGTERM"), finishMillis)
  await ended
  clearTimeout(again)
}

/** Runs one system after the other, until one ends for good. */
const serve = async (env: Readonly<Record<string, string>>): Promise<number> => {
  for (let isFirst = true; ; isFirst = false) {
    const edited = once(edits, "edit")
    const child = begin(env)
    running = child
    const ended = exitCodeOf(child)
    const [file] = await Promise.race([edited, ended.then(() => [])])
    if (file === undefined) {
      const code = await ended
      if (isStopping || isFirst || code === 0) return code
      say(`it ended with ${code}: waiting for an edit`)
      const [mended] = await edited
      if (isStopping) return 0
      say(`${mended} was edited: beginning anew`)
    } else {
      say(`${file} was edited: beginning anew`)
      await end(child, ended)
      if (isStopping) return ended
    }
  }
}

/** `/docs` can be tried where it is; after a build it is there. */
const layScalarScript = async (): Promise<void> => {
  if (existsSync(scalarFile)) return
  try {
    const { writeScalarScript } = await import("../scalar/script.ts")
    await writeScalarScript()
  } catch (error) {
    say(`/docs can't be tried: ${error instanceof Error ? error.message : error}`)
  }
}

const startServices = async (folder: string): Promise<Live> => {
  // It loads what plain `dev` does without.
  const { startLive } = await import("./live.ts")
  say("starting MongoDB and Redis, which are obtained first where they are missing")
  const live = await startLive(folder)
  const near = relative(process.cwd(), folder)
  say(
    `data and keys stay in ${near}; the admin's password is in ${relative(process.cwd(), live.secretsFile)}`
  )
  return live
}

const main = async (): Promise<number> => {
  const options = readOptions()
  if (options === undefined) {
    process.stderr.write(`${usage}\n`)
    return 2
  }
  await layScalarScript()
  if (!options.live) return isStopping ? 0 : serve({})
  const services = await startServices(options.data)
  try {
    return isStopping ? 0 : await serve(services.env)
  } finally {
    await services.stop()
  }
}

for (const signal of ["SIGTERM", "SIGINT"] as const)
  process.on(signal, () => {
    isStopping = true
    // Between two systems there is nothing to wait for.
    if (running === undefined || running.exitCode !== null) edits.emit("edit", "nothing")
    else running.kill(signal)
  })

try {
  process.exit(await main())
} catch (error) {
  say(error instanceof Error ? error.message : String(error))
  process.exit(1)
}
