// `order-processing/layers/crypto`: password hashes, tokens, one-time codes, ids and random secrets. Argon2idNative is for Node, Bun and Deno, Argon2idPortable for
// every host.
export * as Argon2idNative from "../../layers/crypto/Argon2idNative.ts"
export * as Argon2idPortable from "../../layers/crypto/Argon2idPortable.ts"
export * as HonoTokenSigner from "../../layers/crypto/HonoTokenSigner.ts"
export * as OsloOneTimeCode from "../../layers/crypto/OsloOneTimeCode.ts"
export * as RandomIdGenerator from "../../layers/crypto/RandomIdGenerator.ts"
export { randomSecret } from "../../layers/crypto/randomSecret.ts"
export type { Secrets } from "../../layers/crypto/Secrets.ts"
