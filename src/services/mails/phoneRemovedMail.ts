// The notice of a phone that was removed.
import { noticeOf, takeBack } from "./notices.ts"

export const phoneRemovedMail = noticeOf({
  en: {
    subject: "Your phone number was removed",
    intro:
      "The phone number of your account was removed. Codes to set a new password are not sent to it any more.",
    advice: takeBack.en
  },
  de: {
    subject: "Ihre Telefonnummer wurde entfernt",
    intro:
      "die Telefonnummer Ihres Kontos wurde entfernt. Codes für ein neues Passwort werden nicht mehr dorthin gesendet.",
    advice: takeBack.de
  }
})
