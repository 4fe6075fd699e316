// What the API needs besides its dependencies: orders in groups, background work, limits, crypto. The
// order of the layers is the order of shutdown, from the end: requests, then the batcher, then the
// background work that both caused, then the clients below.
import { Layer } from "effect"
import * as FiberBackground from "../layers/runtime/FiberBackground.ts"
import * as GroupCommitBatcher from "../layers/runtime/GroupCommitBatcher.ts"
import { readiness } from "./checks.ts"

/** Longer than a mail's send with one retry; what takes longer is left to the watchdog. */
const background = FiberBackground.layer({ shutdownSeconds: 15 })

export const apiRuntime = GroupCommitBatcher.layer.pipe(
  Layer.provideMerge(background),
  Layer.provideMerge(readiness)
)
