// Passwords, codes, tokens and ids of a Node process.
import { Layer } from "effect"
import type { Keys } from "../config/config.ts"
import * as Argon2idNative from "../layers/crypto/Argon2idNative.ts"
import * as HonoTokenSigner from "../layers/crypto/HonoTokenSigner.ts"
import * as OsloOneTimeCode from "../layers/crypto/OsloOneTimeCode.ts"
import * as RandomIdGenerator from "../layers/crypto/RandomIdGenerator.ts"
import * as ZxcvbnBreachedPasswords from "../layers/zxcvbn/ZxcvbnBreachedPasswords.ts"

export interface TokenKeys {
  readonly access: Keys
  readonly refresh: Keys
  readonly code: Keys
}

export const crypto = (keys: TokenKeys) =>
  Layer.mergeAll(
    Argon2idNative.layer(),
    ZxcvbnBreachedPasswords.layer,
    HonoTokenSigner.layer({ accessSecrets: keys.access, refreshSecrets: keys.refresh }),
    OsloOneTimeCode.layer({ secrets: keys.code }),
    RandomIdGenerator.layer
  )
