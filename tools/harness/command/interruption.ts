// How a long command ends when it is told to: in order, and with the exit code of Ctrl+C.
import type { Say } from "./progress.ts"

/** On the first SIGINT or SIGTERM; a second one of the same kind ends the process at once. */
export function stopWhenInterrupted(say: Say, stop: () => Promise<void>): void {
  const interrupted = (): void => {
    say("interrupted: stopping everything")
    void stop().finally(() => process.exit(130))
  }
  process.once("SIGINT", interrupted)
  process.once("SIGTERM", interrupted)
}
