// What the measurements on a whole system have in common: its services are started, and stopped at the end or by a signal.
import { type makeSay, stopWhenInterrupted } from "../harness/command.ts"
import { type System, startServices, startSystem } from "../harness/system.ts"
import { makeTogether } from "../harness/together.ts"

/** Measures a fresh system, and gives the exit code of `measure`. */
export async function onSystem(
  say: ReturnType<typeof makeSay>,
  measure: (system: System) => Promise<number>
): Promise<number> {
  const { keep, stop } = makeTogether()
  stopWhenInterrupted(say, stop)
  try {
    const services = await keep(startServices())
    return await measure(await keep(startSystem(services)))
  } finally {
    await stop()
  }
}
