// Which address a request came from. Behind proxies that is in X-Forwarded-For, which anybody can
// write: only what trusted proxies appended is believed.

/**
 * `Hops`: that many proxies stand before the service, each of which appends the address it was called
 * from. `Networks`: proxies are those whose address lies in one of these.
 */
export type TrustProxy =
  | { readonly _tag: "Off" }
  | { readonly _tag: "Hops"; readonly hops: number }
  | { readonly _tag: "Networks"; readonly networks: ReadonlyArray<Network> }

export interface Network {
  readonly address: Address
  /** Leading bits that count. */
  readonly prefix: number
}

/** An address as a number, IPv4 as itself also where it came mapped into IPv6. */
export interface Address {
  readonly bits: 32 | 128
  readonly value: bigint
}

/** Reads `off`, a number of hops, or a list of CIDRs; undefined for anything else. */
export const parseTrustProxy = (text: string): TrustProxy | undefined => {
  if (text === "off") return { _tag: "Off" }
  if (/^\d{1,2}$/u.test(text))
    return text === "0" ? { _tag: "Off" } : { _tag: "Hops", hops: Number(text) }
  const networks = text.split(",").map((part) => parseNetwork(part.trim()))
  return networks.every((network) => network !== undefined)
    ? { _tag: "Networks", networks }
    : undefined
}

/**
 * The client's address as limits count it: an IPv4 address, the /64 of an IPv6 one (which is what one
 * customer of a provider has), or `unknown`.
 */
export const clientAddress = (
  trust: TrustProxy,
  remoteAddress: string | undefined,
  forwardedFor: string | undefined
): string => {
  if (trust._tag === "Off" && remoteAddress !== undefined && plainIpv4.test(remoteAddress))
    return remoteAddress
  const remote = parseAddress(remoteAddress ?? "")
  if (remote === undefined) return "unknown"
  return formatSubject(trust._tag === "Off" ? remote : walk(trust, remote, forwardedFor ?? ""))
}

/** An IPv4 address as it is formatted: the most frequent subject stands for itself. */
const plainIpv4 = /^(?:(?:0|[1-9]\d?|1\d\d|2[0-4]\d|25[0-5])(?:\.(?!$)|$)){4}$/u

/** From the nearest hop outwards, as long as the hop that named the next one is trusted. */
const walk = (
  trust: Exclude<TrustProxy, { readonly _tag: "Off" }>,
  remote: Address,
  forwardedFor: string
): Address => {
  const hops = forwardedFor === "" ? [] : forwardedFor.split(",").reverse()
  let client = remote
  for (const [index, hop] of hops.entries()) {
    const trusted =
      trust._tag === "Hops"
        ? index < trust.hops
        : trust.networks.some((network) => contains(network, client))
    const next = trusted ? parseAddress(withoutPort(hop.trim())) : undefined
    if (next === undefined) return client
    client = next
  }
  return client
}

const contains = ({ address, prefix }: Network, { bits, value }: Address): boolean =>
  address.bits === bits && value >> BigInt(bits - prefix) === address.value >> BigInt(bits - prefix)

const parseNetwork = (text: string): Network | undefined => {
  const [host = "", length, ...rest] = text.split("/")
  const address = parseAddress(host)
  if (address === undefined || rest.length > 0) return undefined
  if (length === undefined) return { address, prefix: address.bits }
  const prefix = /^\d{1,3}$/u.test(length) ? Number(length) : Number.NaN
  return prefix <= address.bits ? { address, prefix } : undefined
}

const withoutPort = (hop: string): string =>
  hop.match(/^\[([^\]]*)\](?::\d+)?$/u)?.[1] ?? hop.match(/^([\d.]+):\d+$/u)?.[1] ?? hop

const mappedIpv4 = 0xffffn

/** Undefined for what is no address. Zones (`fe80::1%eth0`) are left out. */
export const parseAddress = (text: string): Address | undefined => {
  const ipv4 = parseIpv4(text)
  if (ipv4 !== undefined) return { bits: 32, value: ipv4 }
  const value = parseIpv6(text.split("%")[0] ?? "")
  if (value === undefined) return undefined
  return value >> 32n === mappedIpv4
    ? { bits: 32, value: value & 0xffff_ffffn }
    : { bits: 128, value }
}

const parseIpv4 = (text: string): bigint | undefined => {
  const parts = text.split(".")
  if (parts.length !== 4) return undefined
  return parts.reduce<bigint | undefined>(
    (value, part) =>
      value !== undefined && /^\d{1,3}$/u.test(part) && Number(part) <= 255
        ? (value << 8n) | BigInt(part)
        : undefined,
    0n
  )
}

const parseIpv6 = (text: string): bigint | undefined => {
  // An IPv4 tail counts as two groups.
  const tail = text.includes(".") ? text.slice(text.lastIndexOf(":") + 1) : undefined
  const ipv4 = tail === undefined ? undefined : parseIpv4(tail)
  if (tail !== undefined && ipv4 === undefined) return undefined
  const hex =
    tail === undefined || ipv4 === undefined
      ? text
      : `${text.slice(0, -tail.length)}${(ipv4 >> 16n).toString(16)}:${(ipv4 & 0xffffn).toString(16)}`
  const halves = hex.split("::").map((half) => (half === "" ? [] : half.split(":")))
  const [head = [], rest, ...more] = halves
  if (more.length > 0) return undefined
  const given = head.length + (rest?.length ?? 0)
  if (rest === undefined ? given !== 8 : given > 7) return undefined
  const groups = [...head, ...Array<string>(8 - given).fill("0"), ...(rest ?? [])]
  return groups.reduce<bigint | undefined>(
    (value, group) =>
      value !== undefined && /^[0-9a-f]{1,4}$/iu.test(group)
        ? (value << 16n) | BigInt(`0x${group}`)
        : undefined,
    0n
  )
}

const formatSubject = ({ bits, value }: Address): string => {
  if (bits === 32)
    return [24n, 16n, 8n, 0n].map((shift) => String((value >> shift) & 0xffn)).join(".")
  const groups = [112n, 96n, 80n, 64n].map((shift) => ((value >> shift) & 0xffffn).toString(16))
  return `${groups.join(":")}::/64`
}
