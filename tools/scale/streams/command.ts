// `npm run scale -- streams`: how much memory an API process takes for event streams in which nothing happens, how much
// processor time they cost, and how soon they tell of a change. Ends with 1 where a stream ended or told nothing.
import { parseArgs } from "node:util"
import { apiFlags } from "../../bench/contestant.ts"
import { resourceUsage } from "../../bench/resourceUsage.ts"
import { chunks } from "../../harness/chunks.ts"
import { makeClient } from "../../harness/client.ts"
import { type Command, makeSay, print, writeRaw } from "../../harness/command.ts"
import { programs, urlOf } from "../../harness/deployment.ts"
import { wholeNumber } from "../../harness/options.ts"
import { run } from "../../harness/program.ts"
import type { System } from "../../harness/system.ts"
import { table } from "../../harness/table.ts"
import { onSystem } from "../onSystem.ts"
import { seedFollowers } from "./seed.ts"
import { type OpenStream, openStream } from "./stream.ts"

interface Options {
  readonly streams: number
  /** How long they are left alone. */
  readonly seconds: number
  readonly out: string
}

const perUser = 10
const openedTogether = 50
/** Of those that are cancelled. */
const changed = 200
/** How long a stream may take to tell of a change. */
const patienceMs = 5000
const secondsPerHeartbeat = 15

const say = makeSay()

const wait = (seconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, seconds * 1000))

interface Moment {
  readonly what: string
  readonly streams: number
  readonly rssMb: number
  /** Of the process, since it began. */
  readonly cpuMs: number
}

const moment = (what: string, streams: number, pid: number): Moment => {
  const { rssMb, cpuMs } = resourceUsage([pid]) ?? { rssMb: 0, cpuMs: 0 }
  return { what, streams, rssMb, cpuMs }
}

/** Milliseconds from the answer to a cancellation until its stream has told of it; infinite where it does not. */
const tellsAfter = async (url: string, { orderId, token, cancelled }: OpenStream) => {
  const { status } = await makeClient(url, token).post(`/api/orders/${orderId}/cancel`)
  if (status !== 200) throw new Error(`a cancellation was answered ${status}`)
  const answered = performance.now()
  const late = new Promise<number>((resolve) => {
    setTimeout(() => resolve(Number.POSITIVE_INFINITY), patienceMs).unref()
  })
  return Math.max(0, (await Promise.race([cancelled, late])) - answered)
}

async function measure(system: System, { streams: count, seconds, out }: Options) {
  say(`storing ${count} orders of ${Math.ceil(count / perUser)} users`)
  const { MONGO_URI: uri = "", REDIS_HOST: host = "", REDIS_PORT: port } = system.env
  const target = { mongo: { uri }, redis: { host, port: Number(port) } }
  const followers = await seedFollowers(target, count, perUser)
  // It ends with this process.
  const program = run([...apiFlags, ...programs.api], system.env)
  const url = await urlOf(program)
  const at = (what: string, streams: number): Moment => moment(what, streams, program.pid)
  // One that is over again, for the code that streams need.
  const trial = await openStream(url, followers[0] ?? { orderId: "", token: "" })
  trial.close()
  await wait(5)
  const moments = [at("before", 0)]

  say(`opening ${count} streams`)
  const began = performance.now()
  const open: Array<OpenStream> = []
  for (const some of chunks(followers, openedTogether))
    open.push(...(await Promise.all(some.map((follower) => openStream(url, follower)))))
  const openingSeconds = (performance.now() - began) / 1000
  moments.push(at("opened", count))

  say(`leaving them alone for ${seconds} s`)
  await wait(seconds)
  moments.push(at(`after ${seconds} s`, count))
  const stillOpen = open.filter(({ isOpen }) => isOpen()).length
  const fewestHeartbeats = Math.min(...open.map(({ heartbeats }) => heartbeats()))

  say(`cancelling ${changed} orders, one after the other`)
  const told: Array<number> = []
  for (const stream of open.slice(0, changed)) told.push(await tellsAfter(url, stream))
  told.sort((a, b) => a - b)

  for (const { close } of open) close()
  await wait(10)
  moments.push(at("closed", 0))

  const [before, , idle] = moments
  const perStreamKb = (((idle?.rssMb ?? 0) - (before?.rssMb ?? 0)) * 1024) / count
  const idleCpu = ((idle?.cpuMs ?? 0) - (moments[1]?.cpuMs ?? 0)) / seconds
  print(
    `\n${table<Moment>(
      [
        ["", ({ what }) => what],
        ["streams", ({ streams }) => String(streams)],
        ["MiB", ({ rssMb }) => rssMb.toFixed(0)]
      ],
      moments
    )}\n`
  )
  print(`Opened in ${openingSeconds.toFixed(1)} s. Each takes ${perStreamKb.toFixed(1)} KiB.`)
  print(`Left alone, they cost ${idleCpu.toFixed(0)} ms of processor time a second.`)
  const middle = told[Math.floor(told.length / 2)] ?? 0
  print(`A change is told after ${middle.toFixed(1)} ms, at most ${told.at(-1)?.toFixed(1)} ms.`)
  writeRaw(out, {
    moments,
    openingSeconds,
    perStreamKb,
    idleCpu,
    told,
    stillOpen,
    fewestHeartbeats
  })

  const broken = [
    ...(stillOpen === count ? [] : [`${count - stillOpen} streams ended`]),
    ...(fewestHeartbeats >= Math.floor(seconds / secondsPerHeartbeat) - 1
      ? []
      : [`a stream had ${fewestHeartbeats} heartbeats`]),
    ...(told.every(Number.isFinite) ? [] : ["a stream did not tell of a change in time"])
  ]
  for (const fault of broken) print(`BROKEN: ${fault}`)
  print(`Raw results: ${out}`)
  return broken.length === 0 ? 0 : 1
}

const main = (options: Options): Promise<number> =>
  onSystem(say, (system) => measure(system, options))

const usage = [
  "Usage: npm run scale -- streams [--streams N] [--seconds S] [--out FILE]",
  "  --streams    how many (default 5000)",
  "  --seconds    how long they are left alone (default 90: long enough for one look at their sessions)",
  "  --out        where the raw results go (default results/scale-streams.json)"
].join("\n")

/** Throws with a sentence for the person who typed the arguments. */
function read(args: ReadonlyArray<string>): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      streams: { type: "string", default: "5000" },
      seconds: { type: "string", default: "90" },
      out: { type: "string", default: "results/scale-streams.json" }
    }
  })
  return {
    streams: wholeNumber("streams", values.streams, changed),
    seconds: wholeNumber("seconds", values.seconds, 1),
    out: values.out
  }
}

export const streams: Command<Options> = { usage, read, main }
