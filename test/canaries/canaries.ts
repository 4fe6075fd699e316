// Texts that must turn up in no log and no audit event: made here, or noted when a system hands them out.

import { uniquePhone } from "../conformance/world.ts"

/** In letters: zxcvbn tries every way to read a password's digits as letters, which takes 50 ms for a canary. */
const inLetters = (digits: string): string =>
  digits.replace(/\d/gu, (digit) => "ghijklmnop".charAt(Number(digit)))

/** In every text that is made here; nothing else holds it. */
const marker = `canary${inLetters(crypto.randomUUID().replaceAll("-", "").slice(0, 12))}`

let made = 0

export interface Canaries {
  /** A text that holds the marker; `what` says where to look when it leaks. */
  readonly text: (what: string) => string
  readonly email: (what: string) => string
  readonly phone: () => string
  /** In the form of a signed token. */
  readonly token: (what: string) => string
  /** Something that the system made: a code or a token. */
  readonly note: (what: string, secret: string | undefined) => void
  /** Every canary in a text, with some of what stands around it. */
  readonly leaks: (text: string) => ReadonlyArray<string>
}

const base64url = (text: string): string =>
  btoa(text).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "")

export const makeCanaries = (): Canaries => {
  const noted = new Map<string, string>()
  const text = (what: string) => `${marker}${what.replace(/\W/gu, "")}${inLetters(`${++made}`)}`
  return {
    text,
    email: (what) => `${text(what)}@example.com`,
    phone: () => {
      const phone = uniquePhone()
      noted.set(phone.slice(1), "phone")
      return phone
    },
    token: (what) => {
      const token = [{ alg: "HS256" }, { sub: text(what) }].map((part) =>
        base64url(JSON.stringify(part))
      )
      const signature = base64url(text(what))
      noted.set(signature, `token of ${what}`)
      return [...token, signature].join(".")
    },
    note: (what, secret) => {
      if (secret !== undefined) noted.set(secret, what)
    },
    leaks: (all) => {
      const around = (at: number) => all.slice(Math.max(0, at - 160), at + 80)
      const marked = Array.from(all.matchAll(new RegExp(marker, "giu")), ({ index }) =>
        around(index)
      )
      const told = Array.from(noted).flatMap(([secret, what]) => {
        // A code is six digits, which an id or a time may hold by chance, as a part of something longer.
        const [found] = all.matchAll(new RegExp(`(?<![\\w.])${secret}(?!\\w)`, "gu"))
        return found === undefined ? [] : [`${what}: ${around(found.index)}`]
      })
      return [...marked, ...told]
    }
  }
}
