// What the workers do with one message: confirm the order, mail its owner, drop it from the cache. Doing it
// again changes nothing, except that a mail goes out again where the process died right after sending it, and
// where two do it at the same time.
import { SendEmailCommand } from "@aws-sdk/client-ses"
import type { Message } from "@aws-sdk/client-sqs"
import mongoose from "mongoose"
import * as z from "zod"
import { openSes } from "../../aws.ts"
import type { Settings } from "../../settings.ts"
import { openCache } from "./cache.ts"
import { Order, type OrderDocument, User } from "./models.ts"

const OrderPlaced = z.object({
  v: z.literal(1),
  type: z.literal("order.placed"),
  orderId: z.string()
})

/** Opens what confirming needs. `confirm` rejects where the message should be delivered again. */
export const openConfirmer = async (settings: Settings) => {
  await mongoose.connect(settings.MONGO_URI, { writeConcern: { w: "majority" } })
  const cache = openCache(settings)
  const ses = openSes()

  const confirm = async ({ Body = "" }: Message): Promise<void> => {
    const { orderId } = OrderPlaced.parse(JSON.parse(Body))
    const order = (await toConfirmed(orderId)) ?? (await Order.findById(orderId).lean())
    if (order === null) throw new Error(`There is no order ${orderId}`)
    if (order.status !== "confirmed" || order.confirmation.state === "sent") return
    const user = await User.findById(order.userId).lean()
    if (user === null) throw new Error(`Order ${orderId} has no owner`)
    await ses.send(mailOf(order, user, settings.SES_SENDER_EMAIL))
    await toMailed(orderId)
    await cache.remove(orderId)
  }

  return {
    confirm,
    close: async (): Promise<void> => {
      await Promise.all([mongoose.disconnect(), cache.close()])
      ses.destroy()
    }
  }
}

/** Null where it is not pending, or not there. */
const toConfirmed = (id: string) => {
  const at = new Date()
  return Order.findOneAndUpdate(
    { _id: id, status: "pending" },
    {
      $set: { status: "confirmed", updatedAt: at },
      $push: { timeline: { status: "confirmed", at } },
      $inc: { version: 1 }
    },
    { returnDocument: "after" }
  ).lean()
}

const toMailed = async (id: string): Promise<void> => {
  const at = new Date()
  await Order.updateOne(
    { _id: id },
    { $set: { confirmation: { state: "sent", at }, updatedAt: at }, $inc: { version: 1 } }
  )
}

const mailOf = (
  { _id, items, total, currency }: OrderDocument,
  { email, name }: { readonly email: string; readonly name: string },
  sender: string
): SendEmailCommand => {
  const money = (minorUnits: number): string => `${(minorUnits / 100).toFixed(2)} ${currency}`
  const lines = items.map((item) => ({
    what: `${item.quantity} × ${item.name}`,
    price: money(item.quantity * item.unitPrice)
  }))
  const intro = `thank you for your order ${_id}. It is confirmed:`
  const text = [
    `Hello ${name},`,
    intro,
    ...lines.map(({ what, price }) => `  ${what}: ${price}`),
    `Total: ${money(total)}`
  ].join("\n")
  const rows = lines.map(
    ({ what, price }) => `<tr><td>${escapeHtml(what)}</td><td>${escapeHtml(price)}</td></tr>`
  )
  const html = `<p>Hello ${escapeHtml(name)},</p><p>${intro}</p><table>${rows.join("")}</table><p>Total: ${money(total)}</p>`
  return new SendEmailCommand({
    Source: sender,
    Destination: { ToAddresses: [email] },
    Message: {
      Subject: { Data: `Your order ${_id} is confirmed`, Charset: "UTF-8" },
      Body: { Text: { Data: text, Charset: "UTF-8" }, Html: { Data: html, Charset: "UTF-8" } }
    }
  })
}

const escapeHtml = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")
