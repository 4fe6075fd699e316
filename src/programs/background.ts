// Work that goes on after an answer.
import * as FiberBackground from "../layers/runtime/FiberBackground.ts"

/** Longer than a mail's send with one retry; what takes longer is left to the watchdog. */
export const background = FiberBackground.layer({ shutdownSeconds: 15 })
