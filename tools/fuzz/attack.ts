// Sends the cases to a system and holds its answers against the rules: first the corpus, in an order drawn
// from the seed, then random inputs until the time is over. Slow ones run at the same time as the others.
import { makeRandom, type SeededRandom } from "../harness/random.ts"
import type { Case, Group, View } from "./case.ts"
import { bodiesOf, formats, headers, paths, queries, sharedHeaders, tokens } from "./corpus.ts"
import { type Operation, operationsIn } from "./operations.ts"
import { newView } from "./people.ts"
import { randomCase } from "./randomCase.ts"
import { reproduction } from "./request.ts"
import { faultsOf, isDoubtful, makeRules } from "./rules.ts"
import { rawHttp, silence, slow } from "./sockets.ts"
import type { System } from "./systems.ts"
import { type Address, exchange, readAnswers } from "./wire.ts"

export interface Finding {
  readonly group: Group | "schemathesis" | "floods" | "afterwards"
  readonly operation: string
  readonly what: string
  readonly fault: string
  readonly reproduction: string
  /** The beginning of what came back. */
  readonly answer: string
  /** Every byte that was sent, in base64. */
  readonly sent?: string
}

export interface Tally {
  cases: number
  /** By the first digit of the status; `-` where the connection ended without an answer. */
  readonly answers: Record<string, number>
  slowestMs: number
}

export interface Attack {
  readonly tallies: ReadonlyMap<Group, Tally>
  readonly findings: ReadonlyArray<Finding>
  /** How much of the corpus there was time for. */
  readonly corpus: { readonly played: number; readonly of: number }
}

export interface AttackOptions {
  readonly seed: string
  readonly seconds: number
  readonly say: (line: string) => void
}

const lanes = 6
const slowLanes = 40
const renewEveryMs = 45_000
const sayEveryMs = 10_000
/** A request that takes longer than this is given up. */
const patienceMs = 15_000
/** How many doubtful ones are sent again. */
const mostAgain = 10

/** In an order in which a short run has some of each group, and a part of each group is of all operations. */
export const corpusOf = (
  operations: ReadonlyArray<Operation>,
  random: SeededRandom
): ReadonlyArray<Case> => {
  const groups = [paths, queries, headers, tokens, bodiesOf, formats, rawHttp].map((group) =>
    operations.flatMap(group)
  )
  const shuffled = [...groups, sharedHeaders(() => random.pick(operations))].map(random.shuffle)
  const longest = Math.max(...shuffled.map(({ length }) => length))
  return Array.from({ length: longest }, (_, i) =>
    shuffled.flatMap((group) => group[i] ?? [])
  ).flat()
}

const addressOf = (url: string): Address => {
  const { hostname, port } = new URL(url)
  return { host: hostname, port: Number(port) }
}

const firstDigit = (received: Buffer, method: string): string => {
  try {
    return String(readAnswers(received, method)[0]?.status ?? "-").slice(0, 1)
  } catch {
    return "?"
  }
}

/** Those of a run: what one found again and again is told once, with its count. */
const faultKey = ({ group, operation, fault }: Finding): string =>
  `${group} ${operation} ${fault.replace(/\d+(?:\.\d+)? s/gu, "s").slice(0, 80)}`

const makeBook = (say: AttackOptions["say"]) => {
  const tallies = new Map<Group, Tally>()
  const findings = new Map<string, Finding & { times: number }>()
  return {
    tallies,
    findings,
    count: (group: Group, answer: string, ms: number): void => {
      const tally = tallies.get(group) ?? { cases: 0, answers: {}, slowestMs: 0 }
      tallies.set(group, tally)
      tally.cases += 1
      tally.answers[answer] = (tally.answers[answer] ?? 0) + 1
      tally.slowestMs = Math.max(tally.slowestMs, ms)
    },
    find: (finding: Finding): void => {
      const key = faultKey(finding)
      const before = findings.get(key)
      if (before !== undefined) {
        before.times += 1
        return
      }
      findings.set(key, { ...finding, times: 1 })
      say(`FOUND ${finding.operation}: ${finding.what}: ${finding.fault}`)
      say(`  ${finding.reproduction}`)
    }
  }
}

/** What requests name, renewed now and then; a failure to renew ends the attack. */
const makeViews = async ({ people }: System) => {
  let view = await newView(people)
  let renewedAt = performance.now()
  let renewing: Promise<void> | undefined
  return async (): Promise<View> => {
    if (performance.now() - renewedAt > renewEveryMs)
      renewing ??= newView(people).then((next) => {
        view = next
        renewedAt = performance.now()
        renewing = undefined
      })
    await renewing
    return view
  }
}

export async function attack(
  system: System,
  { seed, seconds, say }: AttackOptions
): Promise<Attack> {
  const { people, secrets, name } = system
  const deadline = performance.now() + seconds * 1000
  const document: object = await (await fetch(`${people.url}/openapi.json`)).json()
  const rules = makeRules(document, secrets)
  const operations = operationsIn(document, rules.checker.endpoints)
  const random = makeRandom(seed)
  const corpus = corpusOf(operations, random)
  const currentView = await makeViews(system)
  const address = addressOf(people.url)
  const book = makeBook(say)
  let played = 0

  /** Because of the machine, or of the system? They are sent again in the end. */
  const doubtful: Array<Case> = []

  const play = async (one: Case, again = false): Promise<void> => {
    const sent = one.make(await currentView())
    const outcome = await exchange(address, sent.wire, patienceMs)
    book.count(one.group, firstDigit(outcome.received, sent.method), outcome.ms)
    const faults = faultsOf(rules, one, sent, outcome)
    if (!again && faults.some(isDoubtful)) doubtful.push(one)
    for (const fault of again ? faults : faults.filter((fault) => !isDoubtful(fault)))
      book.find({
        ...{ group: one.group, operation: one.operation, what: one.what, fault },
        reproduction: reproduction(people.url, sent.wire, sent.request),
        answer: outcome.received.toString("latin1", 0, 2000),
        sent: sent.wire.bytes.toString("base64")
      })
  }

  let drawn = 0
  const next = (): Case => {
    const fromCorpus = corpus[played]
    played += 1
    if (fromCorpus !== undefined) return fromCorpus
    drawn += 1
    return randomCase(random.derive(String(drawn)), random.pick(operations), drawn)
  }
  const lane = async (): Promise<void> => {
    while (performance.now() < deadline) await play(next())
  }
  const slowCases = [...silence, ...random.shuffle(operations.flatMap(slow))]
  const slowLane = async (): Promise<void> => {
    while (performance.now() < deadline) {
      const one = slowCases.shift()
      if (one === undefined) return
      await play(one)
    }
  }
  const ticking = setInterval(
    () =>
      say(
        `${name}: ${Math.min(played, corpus.length)} of ${corpus.length} of the corpus, ${drawn} random, ${book.findings.size} findings`
      ),
    sayEveryMs
  )
  try {
    await Promise.all([
      ...Array.from({ length: lanes }, lane),
      ...Array.from({ length: slowLanes }, slowLane)
    ])
    if (doubtful.length > 0)
      say(
        `${name}: ${doubtful.length} were late or broke off, and up to ${mostAgain} are sent again`
      )
    await Promise.all(doubtful.slice(0, mostAgain).map((one) => play(one, true)))
  } finally {
    clearInterval(ticking)
  }
  return {
    tallies: book.tallies,
    findings: [...book.findings.values()],
    corpus: { played: Math.min(played, corpus.length), of: corpus.length }
  }
}
