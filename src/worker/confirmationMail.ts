// The confirmation mail of an order, as text and as HTML. Names come from people: they are escaped.
import { Option } from "effect"
import type { User } from "../services/accounts/model/Account.ts"
import type { Mail } from "../services/messaging/Mailer.ts"
import type { Order } from "../services/orders/model/Order.ts"
import { formatMoney } from "../services/products/model/money.ts"

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;"
}
const escapeHtml = (text: string): string => text.replace(/[&<>"']/gu, (c) => entities[c] ?? c)

export const confirmationMail = (order: Order, user: User): Mail => {
  const greeting = Option.match(user.name, {
    onNone: () => "Hello,",
    onSome: (name) => `Hello ${name},`
  })
  const intro = `thank you for your order ${order.number}. It is confirmed:`
  const lines = order.items.map(({ name, quantity, unitPrice }) => ({
    what: `${quantity} × ${name}`,
    price: formatMoney(quantity * unitPrice, order.currency)
  }))
  const total = formatMoney(order.total, order.currency)
  return {
    to: user.email,
    subject: `Your order ${order.number} is confirmed`,
    text: [
      greeting,
      "",
      intro,
      "",
      ...lines.map(({ what, price }) => `  ${what}: ${price}`),
      "",
      `Total: ${total}`,
      ""
    ].join("\n"),
    html: [
      "<!doctype html>",
      '<html lang="en">',
      `<head><meta charset="utf-8"><title>Your order ${escapeHtml(order.number)} is confirmed</title></head>`,
      "<body>",
      `<p>${escapeHtml(greeting)}</p>`,
      `<p>${escapeHtml(intro)}</p>`,
      "<table>",
      ...lines.map(
        ({ what, price }) =>
          `<tr><td>${escapeHtml(what)}</td><td align="right">${escapeHtml(price)}</td></tr>`
      ),
      `<tr><th align="left">Total</th><th align="right">${escapeHtml(total)}</th></tr>`,
      "</table>",
      "</body>",
      "</html>",
      ""
    ].join("\n")
  }
}
