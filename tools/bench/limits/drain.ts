// The limit of a worker that drains a queue, as mailing.ts does it. Prints
// {"messages": drained, "seconds": taken}.
//   node tools/bench/limits/drain.ts --messages N
import { readSettings } from "../settings.ts"
import { counts } from "./count.ts"
import { mailUntil } from "./mailing.ts"

const settings = readSettings()
const { messages } = counts({ messages: 5000 })

const drained = new AbortController()
let left = messages
const began = performance.now()
await mailUntil(drained.signal, settings, (deleted) => {
  left -= deleted
  if (left <= 0) drained.abort()
})
const seconds = (performance.now() - began) / 1000
process.stdout.write(`${JSON.stringify({ messages, seconds })}\n`)
