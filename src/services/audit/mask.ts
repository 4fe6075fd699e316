// Addresses as logs and audit events may show them. Masked and not hashed: an operator can compare a mask with what a
// person says on the phone, a plain hash of an address can be found by guessing, and a keyed hash becomes useless when
// the key is rotated.

const stars = "***"

/** `a***@example.com`, or for a phone number `+***23`. */
export const maskAddress = (address: string): string => {
  const at = address.lastIndexOf("@")
  if (at < 0) return `+${stars}${address.slice(-2)}`
  return `${address.slice(0, Math.min(1, at))}${stars}${address.slice(at)}`
}

/**
 * RFC 5321 allows 64 characters before the @ and 255 behind it. Of what surrounds an address, `=` and quotes and braces
 * may be a part of it: they are masked with it.
 */
const emails = /[^\s"<>()[\],;:@]{1,64}@[A-Za-z0-9.-]{1,255}/gu

/** Text of others, such as an error of SES, with the mail addresses in it masked. */
export const maskAddressesIn = (text: string): string => text.replace(emails, maskAddress)
