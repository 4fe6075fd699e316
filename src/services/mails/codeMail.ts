// The mail with the code that verifies an address.
import { codeMailOf } from "./codes.ts"

export const codeMail = codeMailOf({
  en: {
    subject: "Your verification code",
    intro: (shop) =>
      `An account at ${shop} was asked for with this address. Enter this code where you asked for it, to show that the address is yours.`,
    saying: "Your verification code is",
    secret: "Do not share it with anyone: we never ask for it.",
    ignore: "If you did not ask for it, ignore this mail: without the code there is no account.",
    why: (shop) => `You get this mail because this address was entered to register at ${shop}.`
  },
  de: {
    subject: "Ihr Bestätigungscode",
    intro: (shop) =>
      `mit dieser Adresse wurde ein Konto bei ${shop} angefordert. Geben Sie diesen Code dort ein, um zu zeigen, dass die Adresse Ihnen gehört.`,
    saying: "Ihr Bestätigungscode ist",
    secret: "Geben Sie ihn nicht weiter: Wir fragen nie danach.",
    ignore:
      "Falls Sie ihn nicht angefordert haben, ignorieren Sie diese E-Mail: Ohne den Code entsteht kein Konto.",
    why: (shop) =>
      `Sie erhalten diese E-Mail, weil diese Adresse bei der Registrierung bei ${shop} angegeben wurde.`
  }
})
