// The notice of a session that was ended because an old token was reused (see `refresh`).
import { noticeOf } from "./notices.ts"

export const loginEndedMail = noticeOf({
  en: {
    subject: "One of your logins was ended",
    intro:
      "An old token of one of your logins was used again, so we ended that login: someone may have copied the token.",
    advice: "Log in again. If you do not know why it happened, set a new password."
  },
  de: {
    subject: "Eine Ihrer Anmeldungen wurde beendet",
    intro:
      "ein altes Token einer Ihrer Anmeldungen wurde noch einmal benutzt. Wir haben diese Anmeldung beendet: Vielleicht hat jemand das Token kopiert.",
    advice:
      "Melden Sie sich neu an. Falls Sie nicht wissen, warum es geschah, setzen Sie ein neues Passwort."
  }
})
