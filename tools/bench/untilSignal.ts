// Waits for the order to stop.
import { once } from "node:events"

/** Resolves on the first SIGTERM or SIGINT; a second one ends the process, as it does by default. */
export const untilSignal = async (): Promise<void> => {
  const settled = new AbortController()
  const { signal } = settled
  await Promise.race([once(process, "SIGTERM", { signal }), once(process, "SIGINT", { signal })])
  settled.abort()
}
