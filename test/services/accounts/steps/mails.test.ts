// What the messages with codes say, and that an SMS fits into one segment.
import { assert, describe, it } from "@effect/vitest"
import { Code } from "../../../../src/services/accounts/model/Verification.ts"
import {
  type Asked,
  codeMail,
  codeText,
  resetMail,
  resetText,
  type SentCode
} from "../../../../src/services/accounts/steps/mails.ts"

const at = new Date("2026-11-29T12:04:59.999Z")
const asked = "asked for at 12:04 UTC on 29 November 2026"

const sent = (more: Omit<Asked, "at"> = {}, code = "123456"): SentCode => ({
  code: Code.make(code),
  asked: { at, ...more },
  minutes: 10
})

const mails = { codeMail, resetMail }
const texts = { codeText, resetText }

/** All are in the basic alphabet of GSM 03.38, so each takes one septet of the 160 of an SMS. */
const gsm7 = /^[\w .,:-]*$/u

describe("a message with a code", () => {
  it.each(Object.entries(mails))("%s says when it was asked for, as text and HTML", (_, mail) => {
    const { subject, text, html } = mail("ada@example.com", sent())
    for (const body of [text, html]) {
      assert.include(body, `It was ${asked} and is valid for 10 minutes from then.`)
      assert.include(body, "123456")
      assert.notInclude(body, "replaces")
    }
    assert.notInclude(subject, "123456")
  })

  it.each(Object.entries(mails))("%s says that it replaces an earlier code", (_, mail) => {
    const { text, html } = mail("ada@example.com", sent({ replaces: true }))
    for (const body of [text, html]) assert.include(body, "It replaces an earlier code")
  })

  it("says until when requests share it", () => {
    const sharedUntil = new Date("2026-11-29T12:05:00Z")
    const { text, html } = resetMail("ada@example.com", sent({ sharedUntil }))
    for (const body of [text, html])
      assert.include(body, "Requests before 12:05 UTC get the same code")
  })

  it.each(Object.entries(texts))("%s says the same by SMS, where it is true", (_, text) => {
    assert.include(text(sent()).toLowerCase(), asked.toLowerCase())
    assert.notInclude(text(sent()), "replaces")
    assert.include(text(sent({ replaces: true })), "It replaces an older one.")
  })

  it.each(Object.entries(texts))("%s fits into one SMS, on any day of a year", (_, text) => {
    for (let day = 0; day < 365; day++) {
      const { code, asked, minutes } = sent({ replaces: true }, "7KQ29XDF3M01")
      const body = text({ code, minutes, asked: { ...asked, at: new Date(day * 86_400_000) } })
      assert.match(body, gsm7)
      assert.isAtMost(body.length, 160, body)
    }
  })
})
