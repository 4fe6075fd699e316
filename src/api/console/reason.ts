// The reason that a form gives for an action, by the rules that the API has for it.
import { Option } from "effect"
import { Reason } from "../contract/fields.ts"
import { textOf } from "./Page.ts"

export type GivenReason =
  | { readonly reason: Option.Option<string> }
  | { readonly mistake: string; readonly typed: string }

export const reasonIn = (form: FormData, isRequired: boolean): GivenReason => {
  const typed = textOf(form, "reason")
  if (typed === "")
    return isRequired
      ? { mistake: "A reason is needed. Nothing was changed.", typed }
      : { reason: Option.none() }
  const read = Reason.safeParse(typed)
  return read.success
    ? { reason: Option.some(read.data) }
    : {
        mistake: `The reason ${read.error.issues.map(({ message }) => message).join(", ")}. Nothing was changed.`,
        typed
      }
}
