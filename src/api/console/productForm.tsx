// The form that changes a product, and what it says.
import { Option } from "effect"
import type { ConsoleSession } from "../../services/accounts/consoleSession.ts"
import { minorDigits } from "../../services/products/model/currencies.ts"
import {
  maxCategory,
  maxDescription,
  maxPicture,
  type Product,
  type ProductChanges
} from "../../services/products/model/Product.ts"
import { ProductChangeBody } from "../contract/products.ts"
import { changesIn } from "../productChanges.ts"
import { textOf } from "./Page.ts"
import { Field, KeyField, Mistakes } from "./parts.tsx"

/** What was typed, as it was. */
export interface TypedDetails {
  readonly name: string
  readonly price: string
  readonly category: string
  readonly picture: string
  readonly description: string
  readonly active: boolean
  readonly mistakes: ReadonlyArray<string>
}

const digitsOf = (currency: string): number => Option.getOrElse(minorDigits(currency), () => 0)

/** `2490` of EUR is `24.90`. */
const decimal = (amount: number, currency: string): string => {
  const digits = digitsOf(currency)
  if (digits === 0) return String(amount)
  const text = String(amount).padStart(digits + 1, "0")
  return `${text.slice(0, -digits)}.${text.slice(-digits)}`
}

/** Exact: the digits are moved, and nothing is multiplied. Not a number where it is no such amount. */
const minorUnits = (text: string, currency: string): number => {
  const digits = digitsOf(currency)
  const [, whole = "", part = ""] = /^(\d{1,10})(?:\.(\d{1,4}))?$/u.exec(text) ?? []
  if (whole === "" || part.length > digits) return Number.NaN
  return Number(whole + part.padEnd(digits, "0"))
}

const detailsOf = (product: Product): TypedDetails => ({
  name: product.name,
  price: decimal(product.unitPrice, product.currency),
  category: Option.getOrElse(product.category, () => ""),
  picture: Option.getOrElse(product.picture, () => ""),
  description: Option.getOrElse(product.description, () => ""),
  active: product.active,
  mistakes: []
})

/** What the form would change, or what is wrong with it. */
export const readDetails = (
  form: FormData,
  { currency }: Product
): { readonly changes: ProductChanges } | { readonly typed: TypedDetails } => {
  const typed = {
    name: textOf(form, "name"),
    price: textOf(form, "price"),
    category: textOf(form, "category"),
    picture: textOf(form, "picture"),
    // Browsers end the lines of a form by two characters.
    description: textOf(form, "description").replaceAll("\r\n", "\n"),
    active: textOf(form, "active") === "yes"
  }
  const unitPrice = minorUnits(typed.price, currency)
  if (Number.isNaN(unitPrice))
    return {
      typed: { ...typed, mistakes: [`price must be an amount such as ${decimal(2490, currency)}`] }
    }
  const orNull = (text: string) => (text === "" ? null : text)
  const read = ProductChangeBody.safeParse({
    name: typed.name,
    unitPrice,
    category: orNull(typed.category),
    picture: orNull(typed.picture),
    description: orNull(typed.description),
    active: typed.active
  })
  return read.success
    ? { changes: changesIn(read.data) }
    : {
        typed: {
          ...typed,
          mistakes: read.error.issues.map(({ path, message }) => `${path.join(".")} ${message}`)
        }
      }
}

export const DetailsForm = ({
  product,
  typed = detailsOf(product),
  session,
  path
}: {
  readonly product: Product
  /** What was refused. */
  readonly typed?: TypedDetails | undefined
  readonly session: ConsoleSession
  readonly path: string
}) => (
  <form method="post" action={path} class="stack box">
    <KeyField session={session} />
    <input type="hidden" name="what" value="details" />
    <Mistakes refused="Nothing was changed:" mistakes={typed.mistakes} />
    <Field
      name="name"
      label="Name"
      required
      maxlength={100}
      value={typed.name}
      autocomplete="off"
    />
    <Field
      name="price"
      label={`Price in ${product.currency}`}
      hint="Orders keep the price that they were placed at."
      required
      inputmode="decimal"
      value={typed.price}
      autocomplete="off"
    />
    <Field
      name="category"
      label="Category (optional)"
      maxlength={maxCategory}
      value={typed.category}
      autocomplete="off"
    />
    <Field
      name="picture"
      label="Picture (optional)"
      hint="An https address. This service does not fetch it."
      type="url"
      maxlength={maxPicture}
      value={typed.picture}
      autocomplete="off"
    />
    <Field name="description" label="Description (optional)">
      <textarea id="field-description" name="description" rows={5} maxlength={maxDescription}>
        {typed.description}
      </textarea>
    </Field>
    <label class="check">
      <input type="checkbox" name="active" value="yes" checked={typed.active} /> Active: customers
      see and order it
    </label>
    <div class="buttons">
      <button type="submit" class="primary">
        Save
      </button>
    </div>
  </form>
)
