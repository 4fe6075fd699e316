// Measures the workloads, one contestant at a time, each right before or after this system, so that what the
// machine does meanwhile meets both of a pair alike.
import { chunks } from "../harness/chunks.ts"
import type { Contestant } from "./contestant.ts"
import { subject } from "./goals.ts"
import type { Failure, Measurement } from "./results.ts"
import type { Services } from "./services.ts"
import type { House } from "./stage.ts"
import type { Pace, Sample, Workload } from "./workload.ts"

export interface Played {
  readonly measurements: ReadonlyArray<Measurement>
  readonly failures: ReadonlyArray<Failure>
}

const digits = (value: number): string => value.toFixed(value < 100 ? 1 : 0)

const describe = ({ unit }: Workload, { value, p50, p99, failed = {}, oversold }: Sample): string =>
  [
    `${digits(value)} ${unit}`,
    ...(p50 === undefined || p99 === undefined
      ? []
      : [`p50 ${digits(p50)} ms, p99 ${digits(p99)} ms`]),
    ...Object.entries(failed).map(([name, count]) => `${count} × ${name}`),
    ...(oversold ? [`${oversold} oversold`] : [])
  ].join(", ")

const reasonOf = (error: unknown): string =>
  error instanceof Error ? [error.message, error.cause].filter(Boolean).join(": ") : String(error)

/**
 * The order of a round: this system A between two others, B A C, D A E and so on. Each round moves the others on
 * by one: a contestant comes before this system in some rounds and after it in others, where there are several.
 */
export function turnsOf(
  contestants: ReadonlyArray<Contestant>,
  round: number
): ReadonlyArray<Contestant> {
  const own = contestants.filter(({ name }) => name === subject)
  const others = contestants.filter(({ name }) => name !== subject)
  if (others.length === 0) return own
  const moved = (round - 1) % others.length
  const inOrder = [...others.slice(moved), ...others.slice(0, moved)]
  return Array.from(chunks(inOrder, 2)).flatMap((pair) => [
    ...pair.slice(0, 1),
    ...own,
    ...pair.slice(1)
  ])
}

/** A measurement that fails is told and counted; the others are made all the same. */
export async function playWorkload(
  services: Services,
  workload: Workload,
  pace: Pace,
  say: (line: string) => void
): Promise<Played> {
  const { name, contestants } = workload
  const measurements: Array<Measurement> = []
  const failures: Array<Failure> = []
  const houses = new Map<string, House>()

  const measure = async (contestant: Contestant) => {
    const house = houses.get(contestant.name) ?? (await workload.open(services, contestant, pace))
    houses.set(contestant.name, house)
    return house.play((stage) => workload.measure(stage, pace))
  }

  try {
    for (let round = 1; round <= pace.rounds; round++) {
      for (const contestant of turnsOf(contestants, round)) {
        const entry = { workload: name, contestant: contestant.name, round }
        const who = `${name} ${round}/${pace.rounds}: ${contestant.name}`
        try {
          const sample = await measure(contestant)
          measurements.push({ ...entry, sample })
          say(`${who}: ${describe(workload, sample)}`)
        } catch (error) {
          failures.push({ ...entry, reason: reasonOf(error) })
          say(`${who}: FAILED: ${reasonOf(error)}`)
          services.assertRunning()
        }
      }
    }
  } catch (error) {
    // Without services there is nothing to be tidied up.
    houses.clear()
    throw error
  } finally {
    for (const house of houses.values()) await house.close()
  }
  return { measurements, failures }
}
