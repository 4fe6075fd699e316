// OneTimeCode on Oslo's HMAC and unbiased random characters. Nothing here is asynchronous, so codes do not
// queue behind password hashes.
import { hmac } from "@oslojs/crypto/hmac"
import { generateRandomString, type RandomReader } from "@oslojs/crypto/random"
import { SHA256 } from "@oslojs/crypto/sha2"
import { constantTimeEqual } from "@oslojs/crypto/subtle"
import { encodeBase64urlNoPadding } from "@oslojs/encoding"
import { Effect, Layer, Redacted } from "effect"
import {
  Code,
  CodeDigest,
  type CodeForm,
  longCodeAlphabet,
  longCodeLength
} from "../../services/accounts/model/Verification.ts"
import { OneTimeCode } from "../../services/accounts/ports/OneTimeCode.ts"
import type { VerificationId } from "../../services/ids.ts"
import type { Secrets } from "./Secrets.ts"

export interface OneTimeCodeOptions {
  readonly secrets: Secrets
}

const csprng: RandomReader = {
  read: (bytes) => {
    crypto.getRandomValues(bytes as Uint8Array<ArrayBuffer>)
  }
}

const alphabetAndLength: Readonly<Record<CodeForm, readonly [string, number]>> = {
  short: ["0123456789", 6],
  long: [longCodeAlphabet, longCodeLength]
}

const utf8 = new TextEncoder()

export const layer = (options: OneTimeCodeOptions): Layer.Layer<OneTimeCode> => {
  const [current, ...rotatedOut] = options.secrets
  /** No part holds a line break, so no two lists give one message. */
  const sign = (secret: Redacted.Redacted, ...parts: ReadonlyArray<string>): Uint8Array =>
    hmac(SHA256, utf8.encode(Redacted.value(secret)), utf8.encode(parts.join("\n")))
  const digestWith = (
    secret: Redacted.Redacted,
    verificationId: VerificationId,
    code: Code
  ): CodeDigest => CodeDigest.make(encodeBase64urlNoPadding(sign(secret, verificationId, code)))
  /** A byte has eight times as many values as the alphabet has characters, so each is as likely. */
  const derive = (parts: ReadonlyArray<string>): Code =>
    Code.make(
      Array.from(
        sign(current, "derived code", ...parts).subarray(0, longCodeLength),
        (byte) => longCodeAlphabet[byte % longCodeAlphabet.length]
      ).join("")
    )
  return Layer.succeed(OneTimeCode, {
    generate: (form) =>
      Effect.sync(() => Code.make(generateRandomString(csprng, ...alphabetAndLength[form]))),
    derive: (parts) => Effect.sync(() => derive(parts)),
    digest: (verificationId, code) => Effect.sync(() => digestWith(current, verificationId, code)),
    matches: (verificationId, code, digest) =>
      Effect.sync(() => {
        const stored = utf8.encode(digest)
        // Every key is tried, also after one has matched.
        const fits = [current, ...rotatedOut].filter((secret) =>
          constantTimeEqual(utf8.encode(digestWith(secret, verificationId, code)), stored)
        )
        return fits.length > 0
      })
  })
}
