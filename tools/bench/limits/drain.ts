// The limit of a worker that drains a queue, as mailing.ts does it. Prints
// {"messages": drained, "seconds": taken, "cpuMs": spent}, after the warm-up.
//   node tools/bench/limits/drain.ts --messages N [--warmup N]
import { readSettings } from "../settings.ts"
import { counts } from "./count.ts"
import { mailUntil } from "./mailing.ts"
import { startMeter } from "./meter.ts"

const settings = readSettings()
const { messages, warmup } = counts({ messages: 5000, warmup: 0 })

const drained = new AbortController()
const meter = startMeter({ operations: messages, warmup })
await mailUntil(drained.signal, settings, (deleted) => {
  meter.count(deleted)
  if (meter.isOver()) drained.abort()
})
process.stdout.write(`${JSON.stringify({ messages, ...meter.result() })}\n`)
