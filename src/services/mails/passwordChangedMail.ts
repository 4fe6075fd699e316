// The notice of a new password.
import { noticeOf, takeBack } from "./notices.ts"

export const passwordChangedMail = noticeOf({
  en: {
    subject: "Your password was changed",
    intro: "The password of your account was changed, and logins with the old one have ended.",
    advice: takeBack.en
  },
  de: {
    subject: "Ihr Passwort wurde geändert",
    intro:
      "das Passwort Ihres Kontos wurde geändert, und Anmeldungen mit dem alten wurden beendet.",
    advice: takeBack.de
  }
})
