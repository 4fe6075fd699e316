// Puts what a process's calls truly did into the ledger. It lies between the faults and the world: a
// call whose answer is lost above has still happened here.
import { Effect, Option } from "effect"
import type { Order } from "../../src/services/orders/model/Order.ts"
import type { Ledger } from "./ledger.ts"
import { orderOfMail } from "./mails.ts"
import type { Ports } from "./ports.ts"
import type { SimProcess } from "./SimProcess.ts"

export const observe = (
  ports: Ports,
  process: Pick<SimProcess, "name" | "sending">,
  ledger: Ledger,
  checkBooks: () => void
): Ports => {
  const { store, mailer } = ports

  const sent = (orderId: string, found: Option.Option<Order>): void => {
    ledger.recorded(orderId, process.name)
    if (Option.isSome(found) && found.value.confirmation.state === "sent") return
    ledger.violate(
      "a sent mail is on record",
      `${ledger.name(orderId)} is not, after ${process.name} recorded its mail`
    )
  }

  return {
    ...ports,
    store: {
      ...store,
      place: (drafts) =>
        Effect.map(store.place(drafts), (placements) => {
          for (const [i, placement] of placements.entries()) {
            const draft = drafts[i]
            if (placement._tag === "Placed" && draft !== undefined) ledger.placed(draft)
            if (placement._tag === "Unplaceable")
              ledger.violate("stock is never oversold", String(placement.defect))
          }
          checkBooks()
          return placements
        }),
      change: (id, command, at, reason) =>
        Effect.tap(store.change(id, command, at, reason), () => Effect.sync(checkBooks)),
      claim: (request) =>
        Effect.map(store.claim(request), (outcomes) => {
          for (const [id, outcome] of outcomes)
            if (outcome._tag === "Claimed") ledger.claimed(id, process.name, request.claimId)
          checkBooks()
          return outcomes
        }),
      recordMails: (records) =>
        Effect.tap(store.recordMails(records), () =>
          Effect.forEach(
            records.filter(({ outcome }) => outcome._tag === "Sent"),
            ({ orderId }) => Effect.map(store.find(orderId), (found) => sent(orderId, found)),
            { discard: true }
          )
        ),
      takeOverdue: (at, limit) =>
        Effect.map(store.takeOverdue(at, limit), (ids) => {
          for (const id of ids) ledger.taken(id, at.getTime())
          return ids
        })
    },
    mailer: {
      ...mailer,
      send: (mail) =>
        Effect.tap(mailer.send(mail), () =>
          Effect.sync(() => {
            const send = process.sending.get(orderOfMail(mail))
            if (send !== undefined) ledger.sendHappens(send)
          })
        )
    }
  }
}
