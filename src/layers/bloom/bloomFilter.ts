// A Bloom filter: says that a text is not an entry, or that it may be one. Its file has two numbers of 32 bits
// (little-endian), the number of entries and the number of bits for each, and then the bits. `tools/breached-passwords`
// writes it, BloomBreachedPasswords reads it.
import { createHash } from "node:crypto"

export interface BloomFilter {
  readonly entries: number
  /** The number of bits for each entry. */
  readonly hashes: number
  readonly bits: Uint8Array
}

const headerBytes = 8

/** Of the size that gives this rate of false positives: ln 2 of the bits are the best number for each. */
export const emptyFilter = (entries: number, falsePositives: number): BloomFilter => {
  const bitsPerEntry = -Math.log2(falsePositives) / Math.LN2
  return {
    entries,
    hashes: Math.round(bitsPerEntry * Math.LN2),
    bits: new Uint8Array(Math.ceil((entries * bitsPerEntry) / 8))
  }
}

/** From two hashes as from any number of them (Kirsch and Mitzenmacher, 2006). */
const positions = ({ hashes, bits }: BloomFilter, text: string): ReadonlyArray<number> => {
  const digest = createHash("sha256").update(text).digest()
  const first = digest.readUInt32LE(0)
  const step = digest.readUInt32LE(4)
  return Array.from({ length: hashes }, (_, n) => (first + n * step) % (bits.length * 8))
}

export const addTo = (filter: BloomFilter, text: string): void => {
  for (const position of positions(filter, text)) {
    const byte = position >>> 3
    filter.bits[byte] = (filter.bits[byte] ?? 0) | (1 << (position & 7))
  }
}

export const mayHave = (filter: BloomFilter, text: string): boolean =>
  positions(filter, text).every(
    (position) => (((filter.bits[position >>> 3] ?? 0) >>> (position & 7)) & 1) === 1
  )

export const encodeFilter = ({ entries, hashes, bits }: BloomFilter): Uint8Array => {
  const bytes = new Uint8Array(headerBytes + bits.length)
  const header = new DataView(bytes.buffer)
  header.setUint32(0, entries, true)
  header.setUint32(4, hashes, true)
  bytes.set(bits, headerBytes)
  return bytes
}

export const decodeFilter = (bytes: Uint8Array): BloomFilter => {
  const header = new DataView(bytes.buffer, bytes.byteOffset, headerBytes)
  return {
    entries: header.getUint32(0, true),
    hashes: header.getUint32(4, true),
    bits: bytes.subarray(headerBytes)
  }
}
