// The page before an action: it explains the effect, and asks for a reason.
import type { Child } from "hono/jsx"
import type { ConsoleSession } from "../../services/accounts/consoleSession.ts"
import { Field, KeyField, Notice } from "./parts.tsx"

export const maxReason = 200

interface Confirmation {
  readonly session: ConsoleSession
  /** Where the form goes: the page's own path. */
  readonly action: string
  readonly title: string
  readonly effect: Child
  /** Undefined: none is asked for. */
  readonly reason?: { readonly required: boolean; readonly hint: string; readonly typed: string }
  /** Why the form was refused. */
  readonly mistake?: string | undefined
  readonly danger: boolean
  /** The link of "no". */
  readonly back: string
  /** Hidden fields. */
  readonly children?: Child
}

export const Confirm = ({
  session,
  action,
  title,
  effect,
  reason,
  mistake,
  danger,
  back,
  children
}: Confirmation) => (
  <form method="post" action={action} class="stack box">
    <KeyField session={session} />
    {children}
    <p>{effect}</p>
    {mistake === undefined ? null : <Notice tone="bad">{mistake}</Notice>}
    {reason === undefined ? null : (
      <Field
        name="reason"
        label={reason.required ? "Reason" : "Reason (optional)"}
        hint={reason.hint}
        value={reason.typed}
        maxlength={maxReason}
        autocomplete="off"
        {...(reason.required ? { required: true } : {})}
      />
    )}
    <div class="buttons">
      <button type="submit" class={danger ? "danger" : "primary"}>
        {title}
      </button>
      <a href={back}>No, go back</a>
    </div>
  </form>
)
