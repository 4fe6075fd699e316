// The mails of an order: they tell its customer about each change of its status.
import { Option } from "effect"
import type { InEach, Locale } from "../locale.ts"
import type { Mail } from "../messaging/Mailer.ts"
import { type Currency, formatMoney, type MinorUnits } from "../products/model/money.ts"
import { compose } from "./design/compose.ts"
import type { Block } from "./design/Letter.ts"
import type { Recipient } from "./Recipient.ts"
import type { Shop } from "./Shop.ts"
import { showDayAndTime } from "./times.ts"

/** The statuses that a customer gets a mail about: each except `pending`. */
export type OrderMailKind = "confirmed" | "cancelled" | "fulfilled" | "failed"

/** The fields of an order that a mail uses; an `Order` has them. */
export interface ToldOrder {
  readonly number: string
  readonly items: ReadonlyArray<{
    readonly name: string
    readonly quantity: number
    readonly unitPrice: MinorUnits
  }>
  readonly total: MinorUnits
  readonly currency: Currency
  readonly createdAt: Date
  /** Oldest first. */
  readonly timeline: ReadonlyArray<{
    readonly status: string
    readonly at: Date
    readonly reason?: string
  }>
}

interface Sentences {
  readonly subject: (number: string) => string
  readonly intro: string
  /** The text before the time of the change. */
  readonly changed: string
}

interface Words {
  readonly kinds: { readonly [K in OrderMailKind]: Sentences }
  readonly number: string
  readonly placed: string
  readonly reason: string
  readonly view: string
  readonly why: (shop: string) => string
}

const inEach: InEach<Words> = {
  en: {
    kinds: {
      confirmed: {
        subject: (number) => `Your order ${number} is confirmed`,
        intro: "Thank you for your order. It is confirmed.",
        changed: "Confirmed"
      },
      cancelled: {
        subject: (number) => `Your order ${number} is cancelled`,
        intro: "Your order is cancelled. Nothing of it will be delivered.",
        changed: "Cancelled"
      },
      fulfilled: {
        subject: (number) => `Your order ${number} is fulfilled`,
        intro: "We have fulfilled your order. These were its items:",
        changed: "Fulfilled"
      },
      failed: {
        subject: (number) => `Your order ${number} could not be fulfilled`,
        intro:
          "We are sorry: we could not fulfil your order and have closed it. Nothing of it will be delivered.",
        changed: "Closed"
      }
    },
    number: "Order",
    placed: "Placed",
    reason: "Reason",
    view: "View your order",
    why: (shop) => `You get this mail because you have an order at ${shop}.`
  },
  de: {
    kinds: {
      confirmed: {
        subject: (number) => `Ihre Bestellung ${number} ist bestätigt`,
        intro: "vielen Dank für Ihre Bestellung. Sie ist bestätigt.",
        changed: "Bestätigt"
      },
      cancelled: {
        subject: (number) => `Ihre Bestellung ${number} ist storniert`,
        intro: "Ihre Bestellung ist storniert. Es wird nichts davon geliefert.",
        changed: "Storniert"
      },
      fulfilled: {
        subject: (number) => `Ihre Bestellung ${number} ist ausgeführt`,
        intro: "wir haben Ihre Bestellung ausgeführt. Das waren ihre Artikel:",
        changed: "Ausgeführt"
      },
      failed: {
        subject: (number) => `Ihre Bestellung ${number} konnte nicht ausgeführt werden`,
        intro:
          "es tut uns leid: Wir konnten Ihre Bestellung nicht ausführen und haben sie geschlossen. Es wird nichts davon geliefert.",
        changed: "Geschlossen"
      }
    },
    number: "Bestellung",
    placed: "Aufgegeben",
    reason: "Grund",
    view: "Bestellung ansehen",
    why: (shop) => `Sie erhalten diese E-Mail, weil Sie bei ${shop} bestellt haben.`
  }
}

const factsOf = (
  kind: OrderMailKind,
  order: ToldOrder,
  locale: Locale,
  { timeZone }: Shop
): Block => {
  const words = inEach[locale]
  const change = Option.fromUndefinedOr(order.timeline.findLast(({ status }) => status === kind))
  const told = kind === "confirmed" ? Option.none() : change
  return {
    _tag: "Facts",
    facts: [
      [words.number, order.number],
      [words.placed, showDayAndTime(order.createdAt, locale, timeZone)],
      ...Option.match(told, {
        onNone: () => [],
        onSome: ({ at, reason }) => [
          [words.kinds[kind].changed, showDayAndTime(at, locale, timeZone)] as const,
          ...(reason === undefined ? [] : [[words.reason, reason] as const])
        ]
      })
    ]
  }
}

const linesOf = ({ items, total, currency }: ToldOrder, locale: Locale): Block => ({
  _tag: "Lines",
  lines: items.map(({ name, quantity, unitPrice }) => ({
    name,
    quantity,
    unitPrice: formatMoney(unitPrice, currency, locale),
    total: formatMoney(quantity * unitPrice, currency, locale)
  })),
  total: formatMoney(total, currency, locale)
})

/**
 * The mail to the customer about a change of an order, as text and HTML, in the recipient's language.
 *
 * @param kind what it tells: a status that the order has or has had. The time and the reason of `cancelled`,
 * `fulfilled` and `failed` are those of the newest entry of the timeline with that status, where there is one.
 * @param order as it was when it got that status, or later
 * @param recipient the order's user
 * @param shop the reference `Shop`: `yield* Shop`
 */
export const orderMail = (
  kind: OrderMailKind,
  order: ToldOrder,
  recipient: Recipient,
  shop: Shop
): Mail => {
  const { locale } = recipient
  const { kinds, view, why } = inEach[locale]
  const { subject, intro } = kinds[kind]
  const letter = {
    subject: subject(order.number),
    intro,
    blocks: [
      factsOf(kind, order, locale, shop),
      linesOf(order, locale),
      ...Option.match(shop.url, {
        onNone: () => [],
        onSome: (url) => [
          { _tag: "Link", label: view, url: `${url}/orders/${order.number}` } as const
        ]
      })
    ],
    why: why(shop.name)
  }
  return compose(letter, recipient, shop)
}
