// The notice of a phone that was verified.
import { noticeOf, takeBack } from "./notices.ts"

export const phoneChangedMail = noticeOf({
  en: {
    subject: "Your phone number was changed",
    intro:
      "A phone number was proven for your account. Codes to set a new password can be sent to it from now on.",
    advice: takeBack.en
  },
  de: {
    subject: "Ihre Telefonnummer wurde geändert",
    intro:
      "für Ihr Konto wurde eine Telefonnummer bestätigt. Codes für ein neues Passwort können von jetzt an dorthin gesendet werden.",
    advice: takeBack.de
  }
})
