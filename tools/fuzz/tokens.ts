// Forged access tokens: everything but one that the service signed for this use.
import { createHmac, generateKeyPairSync, sign } from "node:crypto"

type Fields = Readonly<Record<string, unknown>>

const encode = (fields: Fields): string => Buffer.from(JSON.stringify(fields)).toString("base64url")

const decode = (part: string | undefined): Fields =>
  JSON.parse(Buffer.from(part ?? "", "base64url").toString())

const hash = { HS256: "sha256", HS384: "sha384", HS512: "sha512" } as const

const hmac = (
  algorithm: keyof typeof hash,
  header: Fields,
  payload: Fields,
  key: string
): string => {
  const signed = `${encode({ ...header, alg: algorithm })}.${encode(payload)}`
  return `${signed}.${createHmac(hash[algorithm], key).update(signed).digest("base64url")}`
}

/** Made once: it takes a while. */
const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 })

const rsa = (header: Fields, payload: Fields): string => {
  const signed = `${encode({ ...header, alg: "RS256" })}.${encode(payload)}`
  return `${signed}.${sign("sha256", Buffer.from(signed), privateKey).toString("base64url")}`
}

export interface Issued {
  /** A valid access token. */
  readonly access: string
  /** A valid refresh token. */
  readonly refresh: string
}

/** The other 6 bits of the last character are part of no byte: some of these are the same signature. */
const flipped = (token: string, at: number): string => {
  const char = token.at(at) === "A" ? "B" : "A"
  return at === -1 ? token.slice(0, -1) + char : token.slice(0, at) + char + token.slice(at + 1)
}

/** An operation for users has to refuse each of them with 401. */
export function forgeries({
  access,
  refresh
}: Issued): ReadonlyArray<readonly [name: string, token: string]> {
  const [head, body, signature = ""] = access.split(".")
  const header = decode(head)
  const payload = decode(body)
  const none = (alg: string) => `${encode({ ...header, alg })}.${body}`
  const foreign = "another secret that has 32 bytes or more"
  const changed = (fields: Fields) => `${head}.${encode({ ...payload, ...fields })}.${signature}`
  return [
    ["alg none, no signature", `${none("none")}.`],
    ["alg None, the old signature", `${none("None")}.${signature}`],
    ["alg nOnE, two parts", none("nOnE")],
    ["no alg", `${encode({ typ: "JWT" })}.${body}.${signature}`],
    ["alg null", `${encode({ ...header, alg: null })}.${body}.${signature}`],
    ["HS512 with another secret", hmac("HS512", header, payload, foreign)],
    ["HS384 over the old signature", `${none("HS384")}.${signature}`],
    ["HS256 with another secret", hmac("HS256", header, payload, foreign)],
    ["HS256 with an empty secret", hmac("HS256", header, payload, "")],
    ["HS256 with the word secret", hmac("HS256", header, payload, "secret")],
    ["RS256 with a key of one's own", rsa(header, payload)],
    ["a kid that is a path", hmac("HS256", { ...header, kid: "../../dev/null" }, payload, "")],
    ["a kid that is SQL", hmac("HS256", { ...header, kid: "' UNION SELECT 'a" }, payload, "a")],
    [
      "a jku of one's own",
      hmac("HS256", { ...header, jku: "http://127.0.0.1:1/keys" }, payload, foreign)
    ],
    [
      "an x5u of one's own",
      hmac("HS256", { ...header, x5u: "http://127.0.0.1:1/" }, payload, foreign)
    ],
    [
      "a jwk in the header",
      hmac("HS256", { ...header, jwk: { kty: "oct", k: "c2VjcmV0" } }, payload, "secret")
    ],
    ["a crit of one's own", `${encode({ ...header, crit: ["a"], a: 1 })}.${body}.${signature}`],
    ["another typ in the header", `${encode({ ...header, typ: "refresh" })}.${body}.${signature}`],
    ["a refresh token", refresh],
    ["role admin in the payload", changed({ role: "admin" })],
    ["another user in the payload", changed({ sub: "0".repeat(32) })],
    ["another kind in the payload", changed({ typ: "refresh" })],
    ["without an end", changed({ exp: undefined })],
    ["an end in the year 9999", changed({ exp: 253402300799 })],
    ["an end that is text", changed({ exp: "9999999999" })],
    [
      "a payload that is an array",
      `${head}.${Buffer.from("[]").toString("base64url")}.${signature}`
    ],
    ["a payload that is null", `${head}.${Buffer.from("null").toString("base64url")}.${signature}`],
    ["a payload that is no JSON", `${head}.${Buffer.from("{").toString("base64url")}.${signature}`],
    ["a header that is no JSON", `${Buffer.from("{").toString("base64url")}.${body}.${signature}`],
    ["a header with __proto__", `eyJfX3Byb3RvX18iOnsiYWxnIjoiSFMyNTYifX0.${body}.${signature}`],
    ["without a signature", `${head}.${body}.`],
    ["two parts", `${head}.${body}`],
    ["one part", `${head}`],
    ["four parts", `${access}.${signature}`],
    ["dots", "..."],
    ["cut short", access.slice(0, -10)],
    ["cut in the payload", access.slice(0, 60)],
    ["a changed signature", flipped(access, -20)],
    ["a changed payload", flipped(access, 60)],
    ["the parts of two", `${head}.${body}.${refresh.split(".")[2]}`],
    ["padding", `${access}==`],
    ["standard base64", access.replaceAll("-", "+").replaceAll("_", "/").concat("/")],
    ["a token in quotes", `"${access}"`],
    ["two tokens", `${access}, ${access}`],
    ["10,000 characters", "a.".repeat(5000)],
    ["$gt", '{"$gt":""}']
  ]
}
