// An order through the whole system, in this process, with a mailer of one's own.
import { Effect, Layer } from "effect"
import { Mailer } from "order-processing/services"
import { startSystem } from "order-processing/testing"

const sent: Array<string> = []
const myMailer = Layer.succeed(Mailer, {
  send: ({ subject }) => Effect.sync(() => void sent.push(subject)),
  rehearse: () => Effect.void
})

await using system = await startSystem({ override: myMailer })
const ada = await system.signUp("ada@example.com")
const order = await ada.placeOrder({ items: [{ sku: "kettle", quantity: 2 }] })
for await (const { data } of ada.events(order.id)) console.log(order.number, data.status)
console.log(sent)
