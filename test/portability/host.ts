// hostProgram.ts as a target of the suite: bundled as the programs are, and run by a runtime.
import { join } from "node:path"
import { build } from "esbuild"
import type { Runtime } from "../../tools/harness/runtimes.ts"
import type { LiveServices } from "../conformance/liveDependencies.ts"
import type { OpenTarget } from "../conformance/suite.ts"

/** As deep as the sources that look for files from where they are (see build.ts). */
const folder = "results/portability/programs"

/** Returns the file of the program. */
export const buildHost = async (): Promise<string> => {
  await build({
    entryPoints: {
      host: "test/portability/hostProgram.ts",
      argon2Worker: "src/layers/crypto/argon2Worker.ts"
    },
    outdir: folder,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node22.19",
    // As in build.ts.
    external: ["@node-rs/argon2", "tinypool", "supports-color"],
    alias: Object.fromEntries(
      ["core", "language-common", "language-en"].map((name) => [
        `@zxcvbn-ts/${name}`,
        `@zxcvbn-ts/${name}/dist/index.mjs`
      ])
    ),
    banner: {
      js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);'
    },
    logLevel: "warning"
  })
  return join(folder, "host.js")
}

interface Told {
  readonly api: number
  readonly control: number
  readonly admin: { readonly email: string; readonly password: string }
}

export const onRuntime =
  (runtime: Runtime, file: string, services?: () => Promise<LiveServices>): OpenTarget =>
  async () => {
    const args = services === undefined ? [] : [JSON.stringify(await services())]
    const program = runtime.run(file, {}, args)
    const [line] = await program.said(/^\{"api":.*\}$/mu, 60_000)
    const { api, control, admin }: Told = JSON.parse(line)
    return {
      fetch,
      origin: `http://127.0.0.1:${api}`,
      admin,
      settle: async (orderId) => {
        const answer = await fetch(`http://127.0.0.1:${control}/${orderId}`, { method: "POST" })
        if (answer.status !== 204) throw new Error(`not settled: ${answer.status}`)
      },
      [Symbol.asyncDispose]: async () => {
        program.signal("SIGKILL")
        await program.ended
      }
    }
  }
