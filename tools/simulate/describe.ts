// Calls of ports as a person reads them in a trace: orders as o1, o2 …, messages as m1, m2 …
import type { Mail } from "../../src/services/messaging/Mailer.ts"
import type { ClaimRequest, MailRecord } from "../../src/services/orders/model/mailClaims.ts"
import type { OutgoingMessage } from "../../src/services/orders/ports/OrderQueue.ts"
import type { ClaimedMails } from "../../src/services/orders/ports/OrderStore.ts"
import type { Call } from "../../src/testing/wrapPort.ts"
import type { Broker } from "./Broker.ts"
import type { Ledger } from "./ledger.ts"
import { orderOfBody } from "./mails.ts"
import type { PortName } from "./plan.ts"

/** What came of a call, where that is worth telling. */
export const describeResult = (method: string, result: unknown): string => {
  if (method === "claimMails") return ` → ${(result as ClaimedMails).mails.length}`
  if (method === "receive" && Array.isArray(result))
    return ` → ${result.map(({ messageId, receiveCount }) => `#${messageId}×${receiveCount}`).join(" ")}`
  if (Array.isArray(result) && result.length > 0) return ` → ${result.length}`
  return ""
}

export const describeCall = (port: PortName, call: Call, ledger: Ledger, broker: Broker): string =>
  `${port}.${call.method}(${describeArguments(port, call, ledger, broker)})`

const describeArguments = (
  port: PortName,
  { method, args: [first, second] }: Call,
  ledger: Ledger,
  broker: Broker
): string => {
  const named = (id: unknown) => ledger.name(String(id))
  const receipt = (text: string) => {
    const message = broker.messageOf(text)
    return message === undefined ? text : `m${message.serial}`
  }
  if (port === "mailer") {
    const mailed = ledger.orderOfMail(first as Mail)
    return mailed === undefined ? "a code" : `${named(mailed.orderId)} ${mailed.kind}`
  }
  switch (method) {
    case "change":
      return `${named(first)} ${String(second)}`
    case "find":
    case "get":
    case "requestMail":
      return named(first)
    case "place":
    case "put":
      return (first as ReadonlyArray<{ readonly id: string }>).map(({ id }) => named(id)).join(" ")
    case "confirm":
    case "flagAttention":
      return (first as ReadonlyArray<string>).map(named).join(" ")
    case "claimMails":
      return (first as ClaimRequest).orderIds.map(named).join(" ")
    case "recordMails":
      return (first as ReadonlyArray<MailRecord>)
        .map(({ orderId, kind, outcome }) => `${named(orderId)} ${kind}:${outcome._tag}`)
        .join(" ")
    case "send":
      return (first as ReadonlyArray<OutgoingMessage>)
        .map(({ body }) => named(orderOfBody(body)))
        .join(" ")
    case "acknowledge":
      return (first as ReadonlyArray<string>).map(receipt).join(" ")
    case "changeVisibility":
      return (first as ReadonlyArray<{ readonly receipt: string; readonly seconds: number }>)
        .map((change) => `${receipt(change.receipt)}:${change.seconds}s`)
        .join(" ")
    default:
      return ""
  }
}
