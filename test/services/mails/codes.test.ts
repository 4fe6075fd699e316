// What the messages with codes say, that no code is where a locked screen shows it, and that an SMS fits into one
// segment.
import { assert, describe, it } from "@effect/vitest"
import { Option } from "effect"
import { locales } from "../../../src/services/locale.ts"
import { codeMail } from "../../../src/services/mails/codeMail.ts"
import type { Asked, SentCode } from "../../../src/services/mails/codes.ts"
import { codeText, resetText } from "../../../src/services/mails/codeTexts.ts"
import { resetMail } from "../../../src/services/mails/resetMail.ts"
import { type Shop, unnamedShop } from "../../../src/services/mails/Shop.ts"
import { takenMail } from "../../../src/services/mails/takenMail.ts"
import { problemOf } from "./wellFormed.ts"

const shop: Shop = {
  ...unnamedShop,
  name: "Tea & Cups",
  url: Option.some("https://shop.example.com")
}
const at = new Date("2026-11-29T12:04:59.999Z")
const email = "ada@example.com"

const sent = (more: Omit<Asked, "at"> = {}, code = "123456"): SentCode => ({
  code,
  asked: { at, ...more },
  minutes: 10
})

const mails = { codeMail, resetMail }
const texts = { codeText, resetText }
const cases = Object.entries(mails).flatMap(([name, mail]) =>
  locales.map((locale) => [name, locale, mail] as const)
)
const textCases = Object.entries(texts).flatMap(([name, text]) =>
  locales.map((locale) => [name, locale, text] as const)
)

/** All are in the basic alphabet of GSM 03.38, so each takes one septet of the 160 of an SMS. */
const gsm7 = /^[A-Za-z0-9 .,:äöüÄÖÜß-]*$/u

describe("a message with a code", () => {
  it("verifies an address, in English", () => {
    const mail = codeMail({ email, locale: "en" }, sent(), shop)
    assert.strictEqual(mail.subject, "Your verification code")
    assert.strictEqual(
      mail.text,
      `Hello,

An account at Tea & Cups was asked for with this address. Enter this code where you asked for it, to show that the address is yours.

Your verification code is 123456

It was asked for on 29 November 2026 at 12:04 UTC and is valid for 10 minutes from then.

Do not share it with anyone: we never ask for it. If you did not ask for it, ignore this mail: without the code there is no account.

--
Tea & Cups
You get this mail because this address was entered to register at Tea & Cups.
`
    )
  })

  it("verifies an address, in German", () => {
    const mail = codeMail({ email, locale: "de" }, sent(), shop)
    assert.strictEqual(mail.subject, "Ihr Bestätigungscode")
    assert.strictEqual(
      mail.text,
      `Guten Tag,

mit dieser Adresse wurde ein Konto bei Tea & Cups angefordert. Geben Sie diesen Code dort ein, um zu zeigen, dass die Adresse Ihnen gehört.

Ihr Bestätigungscode ist 123456

Er wurde am 29. November 2026 um 12:04 UTC angefordert und ist von da an 10 Minuten gültig.

Geben Sie ihn nicht weiter: Wir fragen nie danach. Falls Sie ihn nicht angefordert haben, ignorieren Sie diese E-Mail: Ohne den Code entsteht kein Konto.

--
Tea & Cups
Sie erhalten diese E-Mail, weil diese Adresse bei der Registrierung bei Tea & Cups angegeben wurde.
`
    )
  })

  it("sets a new password, in English", () => {
    const sharedUntil = new Date("2026-11-29T12:05:00Z")
    const mail = resetMail({ email, locale: "en" }, sent({ replaces: true, sharedUntil }), shop)
    assert.strictEqual(mail.subject, "Your code for a new password")
    assert.strictEqual(
      mail.text,
      `Hello,

A new password was asked for, for your account at Tea & Cups. Enter this code where you asked for it, and choose the password.

Your code to set a new password is 123456

It was asked for on 29 November 2026 at 12:04 UTC and is valid for 10 minutes from then. It replaces an earlier code, which is not valid any more. Requests before 12:05 UTC get the same code, and no other mail.

Do not share it with anyone: who has it can take over your account. If you did not ask for it, ignore this mail: your password stays as it is.

--
Tea & Cups
You get this mail because a new password was asked for, for the account with this address at Tea & Cups.
`
    )
  })

  it("sets a new password, in German", () => {
    const sharedUntil = new Date("2026-11-29T12:05:00Z")
    const mail = resetMail({ email, locale: "de" }, sent({ replaces: true, sharedUntil }), shop)
    assert.strictEqual(mail.subject, "Ihr Code für ein neues Passwort")
    assert.strictEqual(
      mail.text,
      `Guten Tag,

für Ihr Konto bei Tea & Cups wurde ein neues Passwort angefordert. Geben Sie diesen Code dort ein, und wählen Sie das Passwort.

Ihr Code für ein neues Passwort ist 123456

Er wurde am 29. November 2026 um 12:04 UTC angefordert und ist von da an 10 Minuten gültig. Er ersetzt einen früheren Code, der nicht mehr gilt. Weitere Anforderungen vor 12:05 UTC erhalten denselben Code und keine weitere E-Mail.

Geben Sie ihn nicht weiter: Wer ihn hat, kann Ihr Konto übernehmen. Falls Sie ihn nicht angefordert haben, ignorieren Sie diese E-Mail: Ihr Passwort bleibt, wie es ist.

--
Tea & Cups
Sie erhalten diese E-Mail, weil für das Konto mit dieser Adresse bei Tea & Cups ein neues Passwort angefordert wurde.
`
    )
  })

  it.each(cases)(
    "%s in %s has no link, and no code before the third paragraph",
    (_, locale, mail) => {
      const { to, subject, text, html } = mail({ email, locale }, sent(), shop)
      assert.strictEqual(to, email)
      for (const body of [text, html]) assert.notMatch(body, /https?:|<a\b|href/u)
      assert.notInclude(subject, "123456")
      assert.notInclude(text.split("\n\n").slice(0, 2).join(), "123456")
      // Of what an inbox shows, the first is there to be shown.
      const [hidden = ""] = /<div style="display:none[^<]*<\/div>/u.exec(html) ?? []
      assert.isAbove(hidden.length, 100)
      assert.notInclude(hidden, "123456")
      assert.include(html, ">123456</td>")
      assert.isUndefined(problemOf(html))
    }
  )

  it.each(cases)(
    "%s in %s says that it replaces an earlier code, only when it does",
    (_, locale, mail) => {
      const replaces = /replaces|ersetzt/u
      assert.notMatch(mail({ email, locale }, sent(), shop).text, replaces)
      const { text, html } = mail({ email, locale }, sent({ replaces: true }), shop)
      for (const body of [text, html]) assert.match(body, replaces)
    }
  )

  it.each(textCases)("%s in %s says the same by SMS, when it is true", (_, locale, text) => {
    const when = /(?:Asked for on 29|Angefordert am 29\.) November 2026 (?:at|um) 12:04 UTC/u
    assert.match(text(sent(), locale), when)
    assert.notMatch(text(sent(), locale), /replaces|Ersetzt/u)
    assert.match(text(sent({ replaces: true }), locale), /It replaces an older one\.|Ersetzt den/u)
  })

  it.each(textCases)("%s in %s fits into one SMS, on any day of a year", (_, locale, text) => {
    for (let day = 0; day < 365; day++) {
      const { code, asked, minutes } = sent({ replaces: true }, "7KQ2-9XDF-3M01")
      const dated = { code, minutes, asked: { ...asked, at: new Date(day * 86_400_000) } }
      const body = text(dated, locale)
      assert.match(body, gsm7)
      assert.isAtMost(body.length, 160, body)
    }
  })
})

describe("the mail to the owner of an address that is registered again", () => {
  it("is in English, without a link", () => {
    const { subject, text, html } = takenMail({ email, locale: "en" }, shop)
    assert.strictEqual(subject, "You already have an account")
    assert.strictEqual(
      text,
      `Hello,

Someone tried to register an account at Tea & Cups with this address, which has one already.

If it was you, log in, or ask for a code that sets a new password. If it was not, nothing has changed and you need not do anything.

--
Tea & Cups
You get this mail because this address was entered to register at Tea & Cups.
`
    )
    assert.isUndefined(problemOf(html))
    assert.notMatch(html, /https?:/u)
  })

  it("is in German", () => {
    const { subject, text, html } = takenMail({ email, locale: "de" }, shop)
    assert.strictEqual(subject, "Sie haben bereits ein Konto")
    assert.strictEqual(
      text,
      `Guten Tag,

jemand wollte bei Tea & Cups ein Konto mit dieser Adresse anlegen, zu der es schon eines gibt.

Falls Sie es waren, melden Sie sich an, oder fordern Sie einen Code für ein neues Passwort an. Falls nicht, hat sich nichts geändert, und Sie brauchen nichts zu tun.

--
Tea & Cups
Sie erhalten diese E-Mail, weil diese Adresse bei der Registrierung bei Tea & Cups angegeben wurde.
`
    )
    assert.isUndefined(problemOf(html))
  })
})
