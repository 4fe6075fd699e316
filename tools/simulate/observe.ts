// Puts what a process's calls truly did into the ledger. It lies between the faults and the world: a
// call whose answer is lost above has still happened here.
import { Effect, Option } from "effect"
import type { OrderId } from "../../src/services/ids.ts"
import { mailOf } from "../../src/services/orders/model/changes.ts"
import type { MailRecord } from "../../src/services/orders/model/mailClaims.ts"
import type { OrderRecord } from "../../src/services/orders/model/Order.ts"
import type { Ledger } from "./ledger.ts"
import type { Ports } from "./ports.ts"
import { type SimProcess, sendingKey } from "./SimProcess.ts"

export const observe = (
  ports: Ports,
  process: Pick<SimProcess, "name" | "sending">,
  ledger: Ledger,
  checkBooks: () => void,
  orders: ReadonlyMap<OrderId, OrderRecord>
): Ports => {
  const { store, mailer } = ports

  const recorded = ({ orderId, kind, request, outcome }: MailRecord): void => {
    const sent = outcome._tag === "Sent"
    ledger.mails.recorded({ orderId, kind, request }, process.name, sent)
    const found = orders.get(orderId)
    if (!sent || found === undefined) return
    const { confirmation, notice } = found.order
    // Also of a confirmation whose order went on meanwhile.
    const isLate = kind === "confirmed" && notice !== undefined
    const mail = isLate ? confirmation : mailOf(found.order)
    // The record of an earlier request changes nothing else.
    if ((!isLate && found.mailRequest !== request) || mail.state === "sent") return
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
        Effect.tap(store.change(id, command, at, reason), (outcome) =>
          Effect.sync(() => {
            checkBooks()
            if (Option.exists(outcome, ({ moved }) => moved)) ledger.count(`${command} orders`)
          })
        ),
      requestMail: (id, at) =>
        Effect.tap(store.requestMail(id, at), (outcome) =>
          Effect.sync(() => {
            if (Option.exists(outcome, ({ moved }) => moved)) ledger.count("mails asked for again")
          })
        ),
      confirm: (ids, at) => Effect.tap(store.confirm(ids, at), () => Effect.sync(checkBooks)),
      claimMails: (request) =>
        Effect.map(store.claimMails(request), (claimed) => {
          for (const mail of claimed.mails)
            ledger.mails.claimed(mail, process.name, request.claimId)
          checkBooks()
          return claimed
        }),
      recordMails: (records) =>
        Effect.tap(store.recordMails(records), () => Effect.sync(() => records.forEach(recorded))),
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
            const mailed = ledger.orderOfMail(mail)
            const send = mailed === undefined ? undefined : process.sending.get(sendingKey(mailed))
            if (send !== undefined) ledger.mails.sendHappens(send)
          })
        )
    }
  }
}
