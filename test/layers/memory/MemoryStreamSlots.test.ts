import { TestClock } from "effect/testing"
import * as MemoryStreamSlots from "../../../src/layers/memory/MemoryStreamSlots.ts"
import { streamSlotsContract } from "../../contract/streamSlots.ts"

streamSlotsContract("StreamSlots in memory", {
  layer: MemoryStreamSlots.layer,
  pass: (seconds) => TestClock.adjust(seconds * 1000)
})
