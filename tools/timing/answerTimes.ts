// Whether the time of a response reveals what the response itself does not. Requests are sent one after the other,
// the kinds of a question in turn and in every order, so that other work of the machine, and the after-effects of a
// request on the next one, affect all kinds equally. Then the differences within each turn are compared. The
// after-effects are a question too: then the responses that follow a request are timed in place of its own.
import type { Outcome, Shot } from "../harness/load.ts"
import { type Estimate, fewest, medianOf } from "./statistics.ts"

export interface Kind {
  readonly name: string
  /** The status of its answers. Any other is no measurement, and ends it. */
  readonly status: number
  /** Prepares the request of a round; only the request itself is timed, or what follows it. */
  readonly shot: (round: number) => Shot | Promise<Shot>
}

/** A request of which a few are sent right after that of a kind, one after the other. */
export interface Probe {
  readonly shot: Shot
  readonly status: number
  readonly count: number
}

export interface Question {
  readonly name: string
  /** Where it is there, the answers to it are timed, together, in place of the kind's own. */
  readonly probe?: Probe
  /** The first is what the others are compared with. */
  readonly kinds: readonly [Kind, ...ReadonlyArray<Kind>]
  /** Takes less time for a known reason: where its difference is not seen, none could be. */
  readonly control: Kind
}

export interface Comparison {
  readonly kind: string
  readonly isControl: boolean
  /** Of the kind, in milliseconds. */
  readonly median: number
  /** The kind minus the first kind of the same turn, in milliseconds. */
  readonly difference: Estimate
}

export interface Answers {
  readonly question: string
  readonly reference: { readonly kind: string; readonly median: number }
  readonly rounds: number
  readonly comparisons: ReadonlyArray<Comparison>
  /** Milliseconds of each kind, in the order of the rounds. */
  readonly times: Readonly<Record<string, ReadonlyArray<number>>>
}

const warmUpRounds = 12

function permutations<A>(items: ReadonlyArray<A>): ReadonlyArray<ReadonlyArray<A>> {
  if (items.length < 2) return [items]
  return items.flatMap((first, i) =>
    permutations(items.toSpliced(i, 1)).map((rest) => [first, ...rest])
  )
}

export interface MeasureOptions {
  readonly shoot: (shot: Shot) => Promise<Outcome>
  readonly rounds: number
  /** Asked now and then: whether fewer rounds have said all there is to know. */
  readonly isEnough?: (answers: Answers) => boolean
}

const roundsPerLook = 10

/** Throws where an answer is not of its kind. */
export async function measure(question: Question, options: MeasureOptions): Promise<Answers> {
  const { shoot, rounds, isEnough = () => false } = options
  const kinds = [...question.kinds, question.control]
  const orders = permutations(kinds)
  const times = new Map(kinds.map(({ name }) => [name, [] as number[]]))

  const timeOf = async (shot: Shot, expected: number, name: string): Promise<number> => {
    const { status, error, ms } = await shoot(shot)
    if (status !== expected)
      throw new Error(`${question.name}, ${name}: ${status ?? error}, not ${expected}`)
    return ms
  }

  const probe = async ({ shot, status, count }: Probe, name: string): Promise<number> => {
    let sum = 0
    for (let i = 0; i < count; i++) sum += await timeOf(shot, status, name)
    return sum
  }

  const playRound = async (round: number): Promise<void> => {
    const turn = orders[round % orders.length] ?? kinds
    // All of them before the first: what prepares one kind must not run during the request of another.
    const shots: Array<{ readonly kind: Kind; readonly shot: Shot }> = []
    for (const kind of turn) shots.push({ kind, shot: await kind.shot(round) })
    for (const { kind, shot } of shots) {
      const ms = await timeOf(shot, kind.status, kind.name)
      const after = question.probe === undefined ? ms : await probe(question.probe, kind.name)
      if (round >= warmUpRounds) times.get(kind.name)?.push(after)
    }
  }

  for (let round = 0; round < warmUpRounds + rounds; round++) {
    await playRound(round)
    const counted = round + 1 - warmUpRounds
    const looks = counted >= fewest && counted % roundsPerLook === 0
    if (looks && isEnough(compare(question, times))) break
  }
  return compare(question, times)
}

function compare(question: Question, times: ReadonlyMap<string, ReadonlyArray<number>>): Answers {
  const of = ({ name }: Kind): ReadonlyArray<number> => times.get(name) ?? []
  const [first, ...others] = question.kinds
  const reference = of(first)
  const comparison = (kind: Kind): Comparison => ({
    kind: kind.name,
    isControl: kind === question.control,
    median: medianOf(of(kind)).middle,
    difference: medianOf(of(kind).map((ms, i) => ms - (reference[i] ?? Number.NaN)))
  })
  return {
    question: question.name,
    reference: { kind: first.name, median: medianOf(reference).middle },
    rounds: reference.length,
    comparisons: [...others, question.control].map(comparison),
    times: Object.fromEntries(times)
  }
}
