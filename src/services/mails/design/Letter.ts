// The content of a mail without a format. Text and HTML are made from the same letter, so both have the same content.

/** A line of an order, with its amounts as people read them. */
export interface ShownLine {
  readonly name: string
  readonly quantity: number
  readonly unitPrice: string
  readonly total: string
}

export type Block =
  | { readonly _tag: "Text"; readonly text: string }
  /** A one-time code as shown, after its label: `Your verification code is`. */
  | { readonly _tag: "Code"; readonly saying: string; readonly code: string }
  | {
      readonly _tag: "Facts"
      readonly facts: ReadonlyArray<readonly [label: string, value: string]>
    }
  | { readonly _tag: "Lines"; readonly lines: ReadonlyArray<ShownLine>; readonly total: string }
  | { readonly _tag: "Link"; readonly label: string; readonly url: string }

export interface Letter {
  /** One line. It is the heading too. */
  readonly subject: string
  /**
   * The first sentences. Inboxes and locked screens show them beneath the subject, so they name no code.
   */
  readonly intro: string
  readonly blocks: ReadonlyArray<Block>
  /** Why the recipient gets this mail. */
  readonly why: string
}

export const text = (words: string): Block => ({ _tag: "Text", text: words })
