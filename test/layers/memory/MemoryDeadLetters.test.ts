import { Layer } from "effect"
import * as MemoryDeadLetters from "../../../src/layers/memory/MemoryDeadLetters.ts"
import * as MemoryOrderQueue from "../../../src/layers/memory/MemoryOrderQueue.ts"
import { deadLettersContract } from "../../contract/deadLetters.ts"

deadLettersContract("DeadLetters in memory", (options) =>
  Layer.provideMerge(MemoryDeadLetters.layer, MemoryOrderQueue.layer(options))
)
