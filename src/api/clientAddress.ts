// Which address a request came from. Behind proxies it is in X-Forwarded-For, which every client can set: only the
// entries that trusted proxies appended are used.
import { Option } from "effect"
import ipaddr from "ipaddr.js"

type Address = ipaddr.IPv4 | ipaddr.IPv6

/** An address and how many of its leading bits count. */
type Network = readonly [address: Address, prefix: number]

/**
 * `Hops`: that many proxies stand before the service, each of which appends the address it was called
 * from. `Networks`: proxies are those whose address lies in one of these.
 */
export type TrustProxy =
  | { readonly _tag: "Off" }
  | { readonly _tag: "Hops"; readonly hops: number }
  | { readonly _tag: "Networks"; readonly networks: ReadonlyArray<Network> }

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

/**
 * The client behind the peer of a connection, as limits count it. None for a trusted proxy, whose connections carry
 * many clients. With hops every peer is a trusted proxy.
 */
export const clientOfPeer =
  (trust: TrustProxy) =>
  (peer: string): Option.Option<string> => {
    const address = parseAddress(peer)
    return address === undefined || trust._tag === "Hops" || isInNetworks(trust, address)
      ? Option.none()
      : Option.some(formatSubject(address))
  }

/** An IPv4 address in its canonical form, which is the most frequent subject, is used unchanged. */
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
    const trusted = trust._tag === "Hops" ? index < trust.hops : isInNetworks(trust, client)
    const next = trusted ? parseAddress(withoutPort(hop.trim())) : undefined
    if (next === undefined) return client
    client = next
  }
  return client
}

const isInNetworks = (trust: TrustProxy, client: Address): boolean =>
  trust._tag === "Networks" &&
  trust.networks.some(
    ([address, prefix]) => client.kind() === address.kind() && client.match(address, prefix)
  )

const parseNetwork = (text: string): Network | undefined => {
  const [host = ""] = text.split("/")
  const address = parseAddress(host)
  if (address === undefined) return undefined
  const length =
    text === host ? `/${address.kind() === "ipv4" ? 32 : 128}` : text.slice(host.length)
  const network = `${address}${length}`
  return ipaddr.isValidCIDR(network) ? ipaddr.parseCIDR(network) : undefined
}

const withoutPort = (hop: string): string =>
  hop.match(/^\[([^\]]*)\](?::\d+)?$/u)?.[1] ?? hop.match(/^([\d.]+):\d+$/u)?.[1] ?? hop

/** Undefined if the text is not an address. IPv4 mapped into IPv6 counts as IPv4; zones are dropped. */
const parseAddress = (text: string): Address | undefined => {
  if (!text.includes(":")) return parseIpv4(text)
  const [unzoned = ""] = text.split("%")
  const tail = unzoned.slice(unzoned.lastIndexOf(":") + 1)
  if (tail.includes(".") && parseIpv4(tail) === undefined) return undefined
  // ipaddr.js reads `::192.0.2.1` as a mapped address, but not `0::192.0.2.1`, which is the same address.
  const ipv6 = unzoned === `::${tail}` ? `0${unzoned}` : unzoned
  if (!ipaddr.IPv6.isValid(ipv6)) return undefined
  const address = ipaddr.IPv6.parse(ipv6)
  return address.isIPv4MappedAddress() ? address.toIPv4Address() : address
}

/** Four decimal numbers only: ipaddr.js also reads other forms, on which parsers disagree (`010.0.0.1`). */
const parseIpv4 = (text: string): ipaddr.IPv4 | undefined =>
  ipaddr.IPv4.isValidFourPartDecimal(text) ? ipaddr.IPv4.parse(text) : undefined

const formatSubject = (address: Address): string =>
  address instanceof ipaddr.IPv4
    ? address.toString()
    : `${address.parts
        .slice(0, 4)
        .map((part) => part.toString(16))
        .join(":")}::/64`
