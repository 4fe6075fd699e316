// The fields that requests and responses are made of. Every one is bounded, so that nothing unbounded
// reaches a use case.
import * as z from "zod"
import { typedCode } from "../../services/accounts/model/Verification.ts"
import { locales } from "../../services/locale.ts"
import { orderNumberPattern, typedOrderNumber } from "../../services/orders/model/orderNumber.ts"
import { currencies } from "../../services/products/model/currencies.ts"
import {
  maxCategory,
  maxDescription,
  maxPicture,
  maxQuantity,
  maxUnitPrice
} from "../../services/products/model/Product.ts"
import { idPattern } from "../../services/runtime/IdGenerator.ts"

export const Id = z
  .string()
  .regex(idPattern, "must be 32 lower-case hexadecimal digits")
  .meta({ description: "Identifier", example: "0198c0de5a7e4b1f9d3c2a6b8e0f4d71" })

/** As it is shown. Where one is read, people's ways of typing it are taken too. */
export const OrderNumber = z.string().regex(orderNumberPattern, "must be an order number").meta({
  description:
    "Order number: unique, short, and without letters that look like digits. For people; programs use the id",
  example: "K7QF-2M9X"
})

const withoutAnchors = ({ source }: RegExp): string => source.slice(1, -1)

const orderReference = new RegExp(
  `^(?:${withoutAnchors(idPattern)}|${withoutAnchors(typedOrderNumber)})$`,
  "u"
)

/** One whose last digits are the number above. */
const orderIdExample = "0198c0de5a7e80009d3c2a99eef1513d"

export const OrderId = Id.meta({ description: "Identifier", example: orderIdExample })

/** The parameter of a path that names an order. */
export const OrderParams = z.object({
  id: z.string().regex(orderReference, "must be an order's id or number").meta({
    description:
      "The order's id or number. In a number, case and the hyphen (or a blank, or nothing) do not matter; I, L and O are read as 1, 1 and 0",
    example: orderIdExample
  })
})

/** The parameter of a path that names an order, and takes no number. */
export const OrderIdParams = z.object({
  id: OrderId.meta({
    description: "The order's id, which `GET /api/orders/{id}` returns for its number"
  })
})

/** The parameters of a path that names something by its id. */
export const IdParams = z.object({ id: Id })

export const timeExample = "2026-01-31T12:00:00.000Z"

export const Timestamp = z.iso
  .datetime()
  .meta({ description: "Instant, ISO 8601 in UTC", example: timeExample })

/**
 * Not `\p{…}`, which not every reader of the document knows. Unicode's line and paragraph separators break
 * lines too.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it is about.
const noControls = /^[^\x00-\x1f\x7f-\x9f\u2028\u2029]*$/u

/** Unicode's Bidi_Control: they let a name show as another one, and turn round the text of a mail behind it. */
const noDirections = /^[^\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]*$/u

/**
 * White space, and what shows nothing by itself: Unicode's Default_Ignorable_Code_Point in the first plane, with
 * Hangul's fillers, and Braille's blank.
 */
const invisible =
  "\\s\\xad\\u034f\\u061c\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180f\\u200b-\\u200f\\u202a-\\u202e\\u2060-\\u206f\\u2800\\u3164\\ufe00-\\ufe0f\\ufeff\\uffa0\\ufff0-\\ufff8"
const somethingVisible = new RegExp(`[^${invisible}]`, "u")
/**
 * The tags, which show nothing either. Not in the pattern above, which is in the document: they are beyond the first
 * plane, where readers differ in how they take a range.
 */
const tags = new RegExp(`[${String.fromCodePoint(0xe0000)}-${String.fromCodePoint(0xe0fff)}]`, "gu")
const hasOnlyTags = (value: string): boolean =>
  somethingVisible.test(value) && !somethingVisible.test(value.replace(tags, ""))

/** The same, but for what ends a line of a text that has several. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it is about.
const noControlsButLines = /^[^\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029]*$/u

/** Text that people read: something to see, no control or direction characters, no half of a surrogate pair. */
const text = (maximum: number, controls = noControls) =>
  z
    .string()
    .min(1)
    .max(maximum)
    .regex(controls, "must not contain control characters")
    .regex(noDirections, "must not contain characters that change the direction of text")
    .regex(somethingVisible, "must contain something visible")
    .refine((value) => !hasOnlyTags(value), { message: "must contain something visible" })
    .refine((value) => value.isWellFormed(), { message: "must be well-formed Unicode" })

// RFC 5321, 4.1.2: atoms (RFC 5322, 3.2.3) with dots between them. WHATWG's pattern for inputs takes the same
// characters, and no quotes either.
const atom = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~\\-]+"
const local = `${atom}(?:\\.${atom})*`
// RFC 1035, 2.3.1: a label neither begins nor ends with a hyphen, and has at most 63 characters.
const label = "[A-Za-z0-9](?:[A-Za-z0-9\\-]{0,61}[A-Za-z0-9])?"
// Letters, or an internationalised name in its ASCII form (RFC 5890): no address of IPv4 ends like that.
const topLevel = "(?:[A-Za-z]{2,63}|[Xx][Nn]--[A-Za-z0-9\\-]{0,58}[A-Za-z0-9])"

/** As a mail server takes it (RFC 5321, 4.5.3.1): 64 characters before the `@`, 254 in all. */
export const Email = z
  .string()
  // Pasted text often has a blank around it, which is no part of an address.
  .trim()
  .regex(new RegExp(`^${local}@(?:${label}\\.)+${topLevel}$`, "u"), "must be an email address")
  .max(254)
  .regex(/^[^@]{1,64}@/u, "must have at most 64 characters before the @")
  .meta({
    description: "Email address; case and surrounding blanks do not matter",
    // No `format`: validators of it also decode internationalised names (RFC 5890), which RFC 5321 does not ask for.
    example: "ada@example.com"
  })

/**
 * Bounded only against abuse: whether it is good enough is `weak_password`, with advice. Any characters
 * are, but half of a surrogate pair has no bytes of its own: all of them would be hashed alike.
 */
export const Password = z
  .string()
  .min(1)
  .max(1024)
  .refine((value) => value.isWellFormed(), { message: "must be well-formed Unicode" })
  .meta({ description: "Password of 8 to 128 characters", example: "correct horse battery" })

export const PersonName = text(100).meta({ description: "Name", example: "Ada Lovelace" })

export const Locale = z
  .enum(locales)
  .meta({ description: "Language of mails and SMS to the user", example: "de" })

export const Phone = z
  .string()
  .regex(/^\+[1-9]\d{6,14}$/u, "must be a phone number in E.164 form")
  .meta({ description: "Phone number, E.164", example: "+14155550123" })

export const Otp = z
  .string()
  .regex(typedCode, "must be 6 digits, or 12 letters and digits in groups of 4")
  .meta({
    description:
      "One-time code: 6 digits or, after too many wrong codes for an account, 12 characters of base32. Case, and a hyphen, a blank or nothing between groups of 4, do not matter; I, L and O are read as 1, 1 and 0",
    example: "123456"
  })

/** Longer than any token that was ever signed here. */
export const Token = z
  .string()
  .min(1)
  .max(4096)
  .meta({ description: "Token", example: "eyJhbGciOi…" })

export const Sku = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/u, "must be a stock keeping unit")
  .meta({ description: "Stock keeping unit", example: "coffee-1kg" })

export const Quantity = z.int().min(1).max(maxQuantity).meta({ description: "Pieces", example: 2 })

export const UnitPrice = z
  .int()
  .min(0)
  .max(maxUnitPrice)
  .meta({ description: "Price of one piece in minor units (cents)", example: 2490 })

/** Of what there is: products and orders may be older than a change of ISO 4217. */
export const Currency = z
  .string()
  .regex(/^[A-Z]{3}$/u, "must be an ISO 4217 code")
  .meta({ description: "Currency, ISO 4217", example: "EUR" })

/** To put something on sale in. */
export const CurrencyInUse = z
  .enum(currencies, { error: "must be a currency of ISO 4217 that has minor units" })
  .meta({ description: "Currency, ISO 4217 as of 2026-01-01", example: "EUR" })

export const ProductName = text(100).meta({ description: "Name", example: "Coffee beans, 1 kg" })

export const ProductDescription = text(maxDescription, noControlsButLines).meta({
  description: "Description, as plain text; `\\n` ends a line",
  example: "Arabica from Huehuetenango, washed, medium roast."
})

/** No name or password before the host, and no character that ends an attribute of HTML. */
export const PictureUrl = z
  .string()
  .max(maxPicture)
  .regex(
    new RegExp(
      `^https://(?:${label}\\.)+${topLevel}(?::[0-9]{1,5})?(?:[/?][A-Za-z0-9\\-._~!$&()*+,;=:@%/?]*)?$`,
      "u"
    ),
    "must be an https URL"
  )
  .meta({
    description: "Picture: an https URL. The service does not fetch it",
    example: "https://pictures.example.com/coffee-1kg.jpg"
  })

export const Category = text(maxCategory).meta({
  description: "Category, as the shop calls it",
  example: "Coffee"
})

export const Reason = text(200).meta({
  description: "Why, for the books",
  example: "delivery 4711"
})

/** An optional reason. */
export const AuditReason = Reason.nullish().meta({
  description: "Why, for the audit event",
  example: "the buyer called"
})

export const IdempotencyHeaders = z.object({
  "Idempotency-Key": z
    .string()
    .regex(/^[\x20-\x7e]{1,255}$/u, "must be 1 to 255 printable ASCII characters")
    .meta({
      description: "Makes a retry safe: one key per intended change, unique per user",
      example: "5f1c1f0e-cart-42"
    })
    .optional()
})

/** `Idempotency-Replayed` of an answer. */
export const Replayed = z.literal("true").optional().meta({
  description: "`true`: the answer is from an earlier request with this `Idempotency-Key`"
})

const maxLimit = 100

/** A whole number in a query string. */
export const Limit = z
  .string()
  .transform((text, context) => {
    const limit = /^[1-9]\d{0,2}$/u.test(text) ? Number(text) : Number.NaN
    if (limit <= maxLimit) return limit
    const message = `must be a whole number from 1 to ${maxLimit}`
    context.issues.push({ code: "custom", message, input: text })
    return z.NEVER
  })
  .default(20)
  .meta({
    description: "Items per page",
    override: { type: "integer", minimum: 1, maximum: maxLimit, default: 20 }
  })

export const ConditionalHeaders = z.object({
  "If-None-Match": z
    .string()
    .max(4096)
    .optional()
    .meta({ description: "ETags that the client has, or `*`" })
})

/** As `EventSource` sends it when it connects again. */
export const LastEventHeaders = z.object({
  "Last-Event-ID": z
    .string()
    .regex(/^(?:0|[1-9]\d{0,5})$/u, "must be the id of an event")
    .optional()
    .meta({ description: "The id of the last event that the client has", example: "0" })
})
