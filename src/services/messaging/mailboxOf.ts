// Which mailbox an address goes to, for limits: some providers deliver many addresses to one mailbox, and another
// spelling of the address must not allow more mails. Accounts are still separate by address.

/** Deliver `ada+anything@…` to `ada@…`, as their documentation says (Google, Microsoft, Apple, Proton, Fastmail). */
const withoutTags = new Set([
  "gmail.com",
  "outlook.com",
  "hotmail.com",
  "live.com",
  "icloud.com",
  "me.com",
  "mac.com",
  "proton.me",
  "protonmail.com",
  "pm.me",
  "fastmail.com",
  "fastmail.fm"
])

/** @param email normalized */
export const mailboxOf = (email: string): string => {
  const at = email.lastIndexOf("@")
  const domain = email.slice(at + 1)
  const provider = domain === "googlemail.com" ? "gmail.com" : domain
  if (!withoutTags.has(provider)) return email
  const [user = ""] = email.slice(0, at).split("+")
  // Google reads over dots too.
  return `${provider === "gmail.com" ? user.replaceAll(".", "") : user}@${provider}`
}
