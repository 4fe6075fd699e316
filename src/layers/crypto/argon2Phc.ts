// Argon2id's parameters, and the PHC string that every adapter writes and reads alike.
import { decodeBase64IgnorePadding, encodeBase64NoPadding } from "@oslojs/encoding"
import { Option } from "effect"
import { PasswordHash } from "../../services/accounts/model/Account.ts"

export interface Argon2Parameters {
  readonly memoryKib: number
  readonly passes: number
  readonly parallelism: number
}

/**
 * 19 MiB and two passes: the least with two passes that OWASP's Password Storage Cheat Sheet advises and
 * that ASVS 5.0 (appendix C, "Hash Functions for Password Storage") approves. To raise them, raise them
 * here: older hashes go on being read, and are replaced as their owners log in. What is weaker is for
 * tests.
 */
export const recommendedParameters: Argon2Parameters = {
  memoryKib: 19_456,
  passes: 2,
  parallelism: 1
}

export const saltBytes = 16
export const digestBytes = 32

export interface Argon2Hash extends Argon2Parameters {
  readonly salt: Uint8Array
  readonly digest: Uint8Array
}

const phc =
  /^\$argon2id\$v=19\$m=(?<m>[1-9]\d{0,9}),t=(?<t>[1-9]\d{0,9}),p=(?<p>[1-9]\d{0,2})\$(?<salt>[A-Za-z0-9+/]{11,86})\$(?<digest>[A-Za-z0-9+/]{22,86})$/

/** Throws for anything but Argon2id version 1.3 in PHC form, and does not quote it. */
export const parsePhc = (text: string): Argon2Hash => {
  const { m, t, p, salt = "", digest = "" } = phc.exec(text)?.groups ?? {}
  if (m === undefined) throw new Error("a stored password hash is not Argon2id in PHC form")
  return {
    memoryKib: Number(m),
    passes: Number(t),
    parallelism: Number(p),
    salt: decodeBase64IgnorePadding(salt),
    digest: decodeBase64IgnorePadding(digest)
  }
}

export const formatPhc = ({
  memoryKib,
  passes,
  parallelism,
  salt,
  digest
}: Argon2Hash): PasswordHash =>
  PasswordHash.make(
    `$argon2id$v=19$m=${memoryKib},t=${passes},p=${parallelism}` +
      `$${encodeBase64NoPadding(salt)}$${encodeBase64NoPadding(digest)}`
  )

/** Whether `stored` was made with less than today's memory or passes. */
export const isBelow = (stored: Argon2Parameters, today: Argon2Parameters): boolean =>
  stored.memoryKib < today.memoryKib || stored.passes < today.passes

/**
 * What is left to do after comparing with `stored` to have done today's work: the time of a refusal would tell an account whose hash is older from an address without an account. The work of
 * Argon2 is its passes over its memory; the number of lanes does not change it.
 */
export const shortfall = (
  stored: Argon2Parameters,
  today: Argon2Parameters
): Option.Option<Argon2Parameters> => {
  const left = today.memoryKib * today.passes - stored.memoryKib * stored.passes
  if (left < leastMemoryKib) return Option.none()
  const passes = Math.ceil(left / today.memoryKib)
  return Option.some({ memoryKib: Math.floor(left / passes), passes, parallelism: 1 })
}

/** Per lane (RFC 9106, section 3.1). */
const leastMemoryKib = 8

/** A hash that fits no password: one whose digest is all zeros would have to be found first. */
export const decoyOf = (parameters: Argon2Parameters): PasswordHash =>
  formatPhc({
    ...parameters,
    salt: new Uint8Array(saltBytes),
    digest: new Uint8Array(digestBytes)
  })
