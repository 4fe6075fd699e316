// `npm run image:check`: builds the image with Docker or Podman, else with Buildah on a stand-in for its base, looks
// into it, and has its programs process an order on real services. Prints what was seen, and ends with 1 where
// something does not hold.
import { makeSay, print, runCommand, stopWhenInterrupted, writeRaw } from "../harness/command.ts"
import { type Columns, table } from "../harness/table.ts"
import { makeBuildah } from "./buildah.ts"
import type { Check } from "./check.ts"
import { checkConfig, checkContents } from "./contents.ts"
import { findDocker } from "./docker.ts"
import { checkJourney } from "./journey.ts"
import { type Options, readOptions, usage } from "./options.ts"

const say = makeSay()

const columns: Columns<Check> = [
  ["the image", ({ name }) => name],
  ["holds", ({ holds }) => (holds ? "yes" : "NO")],
  ["seen", ({ seen }) => seen]
]

async function main({ out }: Options): Promise<number> {
  const engine = (await findDocker()) ?? (await makeBuildah())
  stopWhenInterrupted(say, engine.stop)
  try {
    say(`builds with ${engine.name}`)
    const image = await engine.build()
    say("looks into it")
    const inside = [...checkConfig(image), ...(await checkContents(image))]
    say("processes an order")
    const checks = [...inside, ...(await checkJourney(image))]
    writeRaw(out, { engine: engine.name, checks })
    print(`\n${table(columns, checks)}\n\nRaw results: ${out}`)
    return checks.every(({ holds }) => holds) ? 0 : 1
  } finally {
    await engine.stop()
  }
}

await runCommand({ usage, read: readOptions, main })
