// What the owner of an account reads of what was done to it.
import { assert, describe, it } from "@effect/vitest"
import { Option } from "effect"
import { locales } from "../../../src/services/locale.ts"
import { loginEndedMail } from "../../../src/services/mails/loginEndedMail.ts"
import { passwordChangedMail } from "../../../src/services/mails/passwordChangedMail.ts"
import { phoneChangedMail } from "../../../src/services/mails/phoneChangedMail.ts"
import { phoneRemovedMail } from "../../../src/services/mails/phoneRemovedMail.ts"
import { type Shop, unnamedShop } from "../../../src/services/mails/Shop.ts"
import { problemOf } from "./wellFormed.ts"

const shop: Shop = { ...unnamedShop, url: Option.some("https://shop.example.com") }
const at = new Date("2026-11-29T12:04:59.999Z")
const ada = { name: Option.some("<Ada>"), email: "ada@example.com" }

const takeBack = {
  en: "If it was not you, someone else has access to your account: set a new password now, with a code to this address.",
  de: "Falls Sie es nicht waren, hat jemand anderes Zugang zu Ihrem Konto: Setzen Sie jetzt ein neues Passwort, mit einem Code an diese Adresse."
}

const expected = {
  passwordChanged: {
    mail: passwordChangedMail,
    en: [
      "Your password was changed",
      "The password of your account was changed, and logins with the old one have ended.",
      takeBack.en
    ],
    de: [
      "Ihr Passwort wurde geändert",
      "das Passwort Ihres Kontos wurde geändert, und Anmeldungen mit dem alten wurden beendet.",
      takeBack.de
    ]
  },
  phoneChanged: {
    mail: phoneChangedMail,
    en: [
      "Your phone number was changed",
      "A phone number was proven for your account. Codes to set a new password can be sent to it from now on.",
      takeBack.en
    ],
    de: [
      "Ihre Telefonnummer wurde geändert",
      "für Ihr Konto wurde eine Telefonnummer bestätigt. Codes für ein neues Passwort können von jetzt an dorthin gesendet werden.",
      takeBack.de
    ]
  },
  phoneRemoved: {
    mail: phoneRemovedMail,
    en: [
      "Your phone number was removed",
      "The phone number of your account was removed. Codes to set a new password are not sent to it any more.",
      takeBack.en
    ],
    de: [
      "Ihre Telefonnummer wurde entfernt",
      "die Telefonnummer Ihres Kontos wurde entfernt. Codes für ein neues Passwort werden nicht mehr dorthin gesendet.",
      takeBack.de
    ]
  },
  loginEnded: {
    mail: loginEndedMail,
    en: [
      "One of your logins was ended",
      "An old token of one of your logins was used again, so we ended that login: someone may have copied the token.",
      "Log in again. If you do not know why it happened, set a new password."
    ],
    de: [
      "Eine Ihrer Anmeldungen wurde beendet",
      "ein altes Token einer Ihrer Anmeldungen wurde noch einmal benutzt. Wir haben diese Anmeldung beendet: Vielleicht hat jemand das Token kopiert.",
      "Melden Sie sich neu an. Falls Sie nicht wissen, warum es geschah, setzen Sie ein neues Passwort."
    ]
  }
} as const

const frame = {
  en: (intro: string, advice: string) => `Hello <Ada>,

${intro}

When: 29 November 2026 at 12:04 UTC

${advice}

--
Order Processing
You get this mail because you have an account with this address at Order Processing.
`,
  de: (intro: string, advice: string) => `Guten Tag <Ada>,

${intro}

Wann: 29. November 2026 um 12:04 UTC

${advice}

--
Order Processing
Sie erhalten diese E-Mail, weil Sie ein Konto mit dieser Adresse bei Order Processing haben.
`
}

const cases = Object.entries(expected).flatMap(([name, notice]) =>
  locales.map((locale) => [name, locale, notice] as const)
)

describe("the notice", () => {
  it.each(cases)("%s in %s has this text, without a link", (_, locale, notice) => {
    const mail = notice.mail({ ...ada, locale }, at, shop)
    const [subject, intro, advice] = notice[locale]
    assert.strictEqual(mail.to, "ada@example.com")
    assert.strictEqual(mail.subject, subject)
    assert.strictEqual(mail.text, frame[locale](intro, advice))
    for (const sentence of [subject, "&lt;Ada&gt;,", intro, advice, "12:04 UTC"])
      assert.include(mail.html, sentence)
    assert.isUndefined(problemOf(mail.html))
    for (const body of [mail.text, mail.html]) assert.notMatch(body, /https?:/u)
  })
})
