// The worker: confirm loop, watchdog and mail loop over ports, as a layer that works while it is built. Closing it
// makes the process not ready, stops taking work, and finishes the work in flight.
import { Effect, Layer } from "effect"
import { initialise, workerSeries } from "../services/metrics.ts"
import { Readiness } from "../services/runtime/Readiness.ts"
import { type ConfirmOptions, confirmLoop } from "./ConfirmLoop.ts"
import { makeDueMails } from "./DueMails.ts"
import { type MailOptions, mailLoop } from "./MailLoop.ts"
import { takeSamples } from "./samples.ts"
import { watch } from "./Watchdog.ts"

export type WorkerOptions = ConfirmOptions & MailOptions

export const worker = (options: WorkerOptions) =>
  Layer.effectDiscard(
    Effect.gen(function* () {
      yield* initialise(workerSeries)
      const readiness = yield* Readiness
      const dueMails = yield* makeDueMails
      yield* mailLoop(options, dueMails)
      yield* watch(dueMails)
      yield* confirmLoop(options, dueMails)
      yield* takeSamples
      yield* Effect.addFinalizer(() => readiness.startDraining)
    })
  )
