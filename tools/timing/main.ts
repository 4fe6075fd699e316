// `npm run timing`: whether answers tell by their time what they must not tell, and how long cached reads
// take during logins, on real services. Prints tables, and ends with 1 where a bound is not kept.
import { makeSay, print, runCommand, stopWhenInterrupted, writeRaw } from "../harness/command.ts"
import { makeLoad } from "../harness/load.ts"
import { sesControl } from "../harness/ses-control.ts"
import { startServices } from "../harness/system.ts"
import { makeTogether } from "../harness/together.ts"
import { type Answers, measure } from "./answerTimes.ts"
import { type Options, readOptions, usage } from "./options.ts"
import { after, forgotPassword, login, register, verifyOtp } from "./questions.ts"
import { type Reads, readsBesideLogins } from "./reads.ts"
import { answersTable, broken, isClear, mostTimes, readsTable, sameMs } from "./report.ts"
import { openShop, type Shop } from "./shop.ts"

/** At a time. */
const logins = 8

const say = makeSay()

async function measureReads(shop: Shop, { readRounds, seconds }: Options): Promise<Reads> {
  say(`reads during ${logins} logins: ${readRounds} rounds of ${seconds} s and ${seconds} s`)
  const reads = await readsBesideLogins({ ...shop, rounds: readRounds, seconds })
  print(`\n${readsTable(reads)}\n`)
  return reads
}

async function measureAnswers(shop: Shop, { rounds }: Options): Promise<ReadonlyArray<Answers>> {
  const { addresses, client } = shop
  const load = makeLoad(shop.url, 1)
  const all: Array<Answers> = []
  for (const question of [
    login(addresses),
    register(addresses),
    forgotPassword(addresses),
    verifyOtp(addresses, client),
    after(register(addresses)),
    after(forgotPassword(addresses))
  ]) {
    say(`${question.name}: up to ${rounds} rounds`)
    all.push(await measure(question, { shoot: load.shoot, rounds, isEnough: isClear }))
  }
  load.close()
  print(`\n${answersTable(all)}\n`)
  return all
}

/** A connection that breaks says little: the reason is what the API said as it ended, if it did. */
async function explained(shop: Shop, work: Promise<number>): Promise<number> {
  try {
    return await work
  } catch (error) {
    const words = await shop.lastWords()
    throw words === undefined ? error : new Error(words, { cause: error })
  }
}

async function measureAll(shop: Shop, options: Options): Promise<number> {
  const reads = await measureReads(shop, options)
  const questions = await measureAnswers(shop, options)
  writeRaw(options.out, { sameMs, mostTimes, questions, reads })
  say(`Raw results: ${options.out}`)
  const promises = broken(questions, reads)
  for (const promise of promises) print(`BROKEN: ${promise}`)
  return promises.length === 0 ? 0 : 1
}

async function main(options: Options): Promise<number> {
  const { keep, stop } = makeTogether()
  stopWhenInterrupted(say, stop)
  try {
    const services = await keep(startServices())
    const shop = await keep(openShop(services, logins))
    // What the stand-in does with a mail takes time from these answers, since it runs on the same cores. SES does not.
    await sesControl(services.ses.endpoint).inject({ fault: "distant", times: "all" })
    return await explained(shop, measureAll(shop, options))
  } finally {
    await stop()
  }
}

await runCommand({ usage, read: readOptions, main })
