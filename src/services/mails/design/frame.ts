// The header and footer that all mails have around their letter, with their texts.
import type { InEach } from "../../locale.ts"
import type { Shop } from "../Shop.ts"
import type { Letter } from "./Letter.ts"

export interface FrameWords {
  readonly greeting: string
  /** The text before the recipient's name, which a comma follows. */
  readonly greetingTo: string
  readonly item: string
  readonly amount: string
  /** The text after the price of one piece. */
  readonly each: string
  readonly total: string
  readonly questions: string
}

/** A letter with its header and footer. */
export interface Framed {
  readonly letter: Letter
  readonly greeting: string
  readonly words: FrameWords
  readonly shop: Shop
}

export const frame: InEach<FrameWords> = {
  en: {
    greeting: "Hello,",
    greetingTo: "Hello",
    item: "Item",
    amount: "Amount",
    each: "each",
    total: "Total",
    questions: "Questions? Answer this mail."
  },
  de: {
    greeting: "Guten Tag,",
    greetingTo: "Guten Tag",
    item: "Artikel",
    amount: "Betrag",
    each: "je Stück",
    total: "Summe",
    questions: "Fragen? Antworten Sie auf diese E-Mail."
  }
}
