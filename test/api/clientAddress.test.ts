import { Option } from "effect"
import { describe, expect, it } from "vitest"
import {
  clientAddress,
  clientOfPeer,
  parseTrustProxy,
  type TrustProxy
} from "../../src/api/clientAddress.ts"

const trust = (text: string): TrustProxy => {
  const parsed = parseTrustProxy(text)
  if (parsed === undefined) throw new Error(`${text} is refused`)
  return parsed
}

describe("parseTrustProxy", () => {
  it.each(["off", "0", "1", "12", "10.0.0.0/8", "10.0.0.0/8, fd00::/8", "::1", "192.0.2.1"])(
    "reads %s",
    (text) => expect(parseTrustProxy(text)).toBeDefined()
  )
  it.each([
    "",
    "on",
    "-1",
    "1.5",
    "10.0.0.0/33",
    "10.0.0/8",
    "256.0.0.0/8",
    "::/129",
    "1::2::3/8",
    "10.0.0.0/8/8",
    "10.0.0.0/",
    "10.0.0.0/8,",
    "/8",
    "10.0.0.0/-1",
    "10.0.0.0/0x8",
    "10/8",
    "0x0a.0.0.0/8",
    "010.0.0.0/8",
    "::ffff:0x0a.0.0.0/8",
    "::ffff:10.0.0.0/104"
  ])("refuses %j", (text) => expect(parseTrustProxy(text)).toBeUndefined())
})

describe("clientAddress", () => {
  it.each([
    ["off", "192.0.2.1", "198.51.100.7", "192.0.2.1"],
    // Each of the trusted hops names the one before it; what the client wrote itself is beyond them.
    ["1", "10.0.0.1", "198.51.100.7", "198.51.100.7"],
    ["1", "10.0.0.1", "6.6.6.6, 198.51.100.7", "198.51.100.7"],
    ["2", "10.0.0.1", "6.6.6.6, 198.51.100.7, 10.0.0.2", "198.51.100.7"],
    ["2", "10.0.0.1", "198.51.100.7", "198.51.100.7"],
    ["1", "10.0.0.1", undefined, "10.0.0.1"],
    ["10.0.0.0/8", "10.0.0.1", "6.6.6.6, 198.51.100.7, 10.1.2.3", "198.51.100.7"],
    ["10.0.0.0/8", "192.0.2.1", "198.51.100.7", "192.0.2.1"],
    ["10.0.0.0/8", "10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"],
    ["fd00::/8", "fd12::1", "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    // What is no address is not believed, nor anything beyond it.
    ["2", "10.0.0.1", "198.51.100.7, unknown", "10.0.0.1"],
    ["2", "10.0.0.1", "198.51.100.7, , 10.0.0.2", "10.0.0.2"],
    // Some proxies add the port.
    ["1", "10.0.0.1", "198.51.100.7:4711", "198.51.100.7"],
    ["1", "10.0.0.1", "[2001:db8::1]:4711", "2001:db8:0:0::/64"],
    // IPv4 on a socket for both comes mapped.
    ["off", "::ffff:192.0.2.1", undefined, "192.0.2.1"],
    ["192.0.2.0/24", "::ffff:192.0.2.1", "198.51.100.7", "198.51.100.7"],
    ["off", "fe80::1%eth0", undefined, "fe80:0:0:0::/64"],
    ["fe80::1%eth0/64", "fe80::2%eth1", "198.51.100.7", "198.51.100.7"],
    // A network of IPv6 holds no IPv4 address, and the other way round.
    ["::/0", "10.0.0.1", "198.51.100.7", "10.0.0.1"],
    ["0.0.0.0/0", "2001:db8::1", "198.51.100.7", "2001:db8:0:0::/64"],
    ["off", "::192.0.2.1", undefined, "0:0:0:0::/64"],
    ["off", "64:ff9b::192.0.2.1", undefined, "64:ff9b:0:0::/64"],
    ["off", undefined, "198.51.100.7", "unknown"],
    ["1", undefined, "198.51.100.7", "unknown"]
  ])("with %s, from %s, forwarded for %s: %s", (policy, remote, forwarded, expected) => {
    expect(clientAddress(trust(policy), remote, forwarded)).toBe(expected)
  })

  it.each([
    "127.1",
    "2130706433",
    "0x7f.0.0.1",
    "0x7f000001",
    "0177.0.0.1",
    "127.0.0.01",
    "127.0.0.1.",
    "127.0.0.1%eth0",
    "::ffff:0x7f.0.0.1",
    "::ffff:0177.0.0.1",
    "::ffff:127.1",
    "::127.0.0.256",
    "1::2::3",
    ":1",
    "1:2:3:4:5:6:7:8:9",
    "12345::",
    "::1/128",
    ""
  ])("refuses the malformed address %j", (odd) => {
    expect(clientAddress(trust("off"), odd, undefined)).toBe("unknown")
    expect(clientAddress(trust("1"), "10.0.0.1", odd)).toBe("10.0.0.1")
  })
})

describe("clientOfPeer", () => {
  it.each([
    ["off", "192.0.2.1", "192.0.2.1"],
    ["off", "::ffff:192.0.2.1", "192.0.2.1"],
    ["off", "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["10.0.0.0/8", "192.0.2.1", "192.0.2.1"]
  ])("is the peer itself: %s, %s", (configured, peer, client) =>
    expect(clientOfPeer(trust(configured))(peer)).toEqual(Option.some(client))
  )

  it.each([
    ["1", "192.0.2.1"],
    ["10.0.0.0/8", "10.1.2.3"],
    ["10.0.0.0/8", "::ffff:10.1.2.3"],
    ["fd00::/8", "fd12::1"],
    ["off", "no address"]
  ])("is unknown: %s, %s", (configured, peer) =>
    expect(clientOfPeer(trust(configured))(peer)).toEqual(Option.none())
  )
})
