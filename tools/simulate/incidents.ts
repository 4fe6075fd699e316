// What the plan lets happen to processes, hosts and the queue at set times.
import { Clock, Effect } from "effect"
import { OrderId } from "../../src/services/ids.ts"
import { placedMessage } from "../../src/services/orders/steps/announce.ts"
import type { Incident } from "./plan.ts"
import { kill, pause } from "./SimProcess.ts"
import type { System } from "./system.ts"
import type { Trace } from "./trace.ts"

type ToProcess = Extract<Incident, { readonly process: number }>

const strikeProcess = (
  incident: ToProcess,
  { slots, ledger, stop }: System,
  trace: Trace
): Effect.Effect<void> => {
  const slot = slots[incident.process]
  const process = slot?.process
  if (slot === undefined || process === undefined) return Effect.void
  switch (incident._tag) {
    case "Stop":
      return stop(slot)
    case "Kill":
      trace.add(process.name, "is killed")
      return kill(process, ledger)
    case "Pause":
      trace.add(process.name, `stands still for ${Math.round(incident.millis / 1000)} s`)
      return Effect.map(Clock.currentTimeMillis, (now) =>
        pause(process, ledger, now + incident.millis)
      )
  }
}

const strike = (incident: Incident, system: System, trace: Trace): Effect.Effect<void> => {
  const { ledger, broker, jump } = system
  ledger.count(`incident ${incident._tag}`)
  switch (incident._tag) {
    case "Kill":
    case "Stop":
    case "Pause":
      return strikeProcess(incident, system, trace)
    case "Jump":
      trace.add("hosts", `clocks jump by ${incident.millis / 1000} s`)
      return Effect.sync(() => jump(incident.millis))
    case "Purge":
      trace.add("queue", "is purged")
      return Effect.sync(broker.purge)
    case "Poison":
      trace.add("queue", `gets ${JSON.stringify(incident.body)}`)
      return Effect.ignore(broker.queue.send([{ body: incident.body, traceparent: "" }]))
    case "Stray":
      trace.add("queue", "gets a message of an unknown order")
      return Effect.ignore(broker.queue.send([placedMessage(OrderId.make(incident.orderId), "")]))
  }
}

export const scheduled = (incident: Incident, system: System, trace: Trace): Effect.Effect<void> =>
  Effect.delay(
    Effect.suspend(() => strike(incident, system, trace)),
    incident.at
  )
