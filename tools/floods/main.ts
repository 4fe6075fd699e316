// `npm run floods`: attacks that need small means, on real services and the limits of a deployment. Prints what an
// honest client met in each and the memory that it took, and ends with 1 where a rule is broken.
import { type Attack, crowds, floods } from "../harness/attack.ts"
import { makeSay, print, runCommand, stopWhenInterrupted, writeRaw } from "../harness/command.ts"
import {
  type Conditions,
  type FloodResult,
  floodColumns,
  floodFaults,
  mostMb,
  withstand
} from "../harness/flood.ts"
import { startServices } from "../harness/system.ts"
import { table } from "../harness/table.ts"
import { makeTogether } from "../harness/together.ts"
import { type Options, readOptions, usage } from "./options.ts"
import { openShop, type Shop } from "./shop.ts"

const say = makeSay()

/** A process that had as much memory as that once may keep it; this attack took 1.5 GB. */
const unread = "30 requests in a row, unread"

const faultsOf = (result: FloodResult): ReadonlyArray<string> => [
  ...floodFaults(result),
  ...(result.attack !== unread || result.afterMb <= mostMb
    ? []
    : [`the process has ${result.afterMb.toFixed(0)} MiB after it`])
]

/** On a process of its own, since a process keeps memory that it had once. */
async function attackOnce(
  shop: Shop,
  attack: Attack,
  conditions: Conditions
): Promise<FloodResult> {
  const { url, program } = await shop.startApi()
  try {
    return await withstand({ url, pid: program.pid }, attack, conditions)
  } finally {
    program.signal("SIGKILL")
    await program.ended
  }
}

/** A busy machine may be the reason: a fault counts when it comes again. */
async function attackOf(
  shop: Shop,
  attack: Attack,
  conditions: () => Conditions
): Promise<FloodResult> {
  say(attack.name)
  const first = await attackOnce(shop, attack, conditions())
  const faults = faultsOf(first)
  if (faults.length === 0) return first
  say(`again, since ${faults.join("; ")}`)
  return attackOnce(shop, attack, conditions())
}

async function main({ seconds, only, out }: Options): Promise<number> {
  const { keep, stop } = makeTogether()
  stopWhenInterrupted(say, stop)
  try {
    const services = await keep(startServices())
    const shop = await keep(openShop(services))
    /** Of attacks on the threads that hash: the honest client needs one of them too. */
    const withLogin = (): Conditions => {
      const body = shop.takeOwner()
      return { seconds, extra: [{ method: "POST", path: "/api/auth/login", body, status: 200 }] }
    }
    const attacks = [
      ...[...floods, ...crowds].map((attack) => ({ attack, conditions: () => ({ seconds }) })),
      ...shop.attacks.map((attack) => ({ attack, conditions: withLogin }))
    ].filter(({ attack }) => attack.name.includes(only))
    const results: Array<FloodResult> = []
    for (const { attack, conditions } of attacks) {
      results.push(await attackOf(shop, attack, conditions))
      writeRaw(out, results)
    }
    const mails = await shop.mailsToOne()
    print(`\n${table(floodColumns, results)}\n\n${mails} mails went to the one mailbox.`)
    const broken = results.flatMap((result) =>
      faultsOf(result).map((fault) => `${result.attack}: ${fault}`)
    )
    for (const fault of broken) print(`BROKEN: ${fault}`)
    print(`Raw results: ${out}`)
    return broken.length === 0 ? 0 : 1
  } finally {
    await stop()
  }
}

await runCommand({ usage, read: readOptions, main })
