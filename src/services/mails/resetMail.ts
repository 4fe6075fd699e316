// The mail with the code that sets a new password. It says what the code does, to warn people whom a stranger asks for
// the code.
import { codeMailOf } from "./codes.ts"

export const resetMail = codeMailOf({
  en: {
    subject: "Your code for a new password",
    intro: (shop) =>
      `A new password was asked for, for your account at ${shop}. Enter this code where you asked for it, and choose the password.`,
    saying: "Your code to set a new password is",
    secret: "Do not share it with anyone: who has it can take over your account.",
    ignore: "If you did not ask for it, ignore this mail: your password stays as it is.",
    why: (shop) =>
      `You get this mail because a new password was asked for, for the account with this address at ${shop}.`
  },
  de: {
    subject: "Ihr Code für ein neues Passwort",
    intro: (shop) =>
      `für Ihr Konto bei ${shop} wurde ein neues Passwort angefordert. Geben Sie diesen Code dort ein, und wählen Sie das Passwort.`,
    saying: "Ihr Code für ein neues Passwort ist",
    secret: "Geben Sie ihn nicht weiter: Wer ihn hat, kann Ihr Konto übernehmen.",
    ignore:
      "Falls Sie ihn nicht angefordert haben, ignorieren Sie diese E-Mail: Ihr Passwort bleibt, wie es ist.",
    why: (shop) =>
      `Sie erhalten diese E-Mail, weil für das Konto mit dieser Adresse bei ${shop} ein neues Passwort angefordert wurde.`
  }
})
