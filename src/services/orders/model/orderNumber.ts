// The order number, for people to read, type and say. It is a part of the id: the last 40 bits of a new order's id are
// its number, and the first 10 of these are the bucket of its user. So an id, a number and a user each give the bucket,
// and with it the shard that has the order (docs/decisions/0006-order-numbers.md).
//
// Everything here is stored or a part of stored ids, so it must not change.
import { OrderId, OrderNumber, type UserId } from "../../ids.ts"
import { idLength } from "../../runtime/IdGenerator.ts"

/** Crockford's base 32, 5 bits a character: without I, L, O and U. */
const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
/** Characters of each half, and the hexadecimal digits of an id that they stand for. */
const half = { characters: 4, digits: 5 } as const

const bucketBits = 10
const buckets = 2 ** bucketBits

/** As it is stored and shown. */
export const orderNumberPattern = /^[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}$/u

/** As people type it: any case, a hyphen, a blank or nothing between the halves; I, L and O are read as digits. */
export const typedOrderNumber = /^[0-9A-TV-Za-tv-z]{4}[ -]?[0-9A-TV-Za-tv-z]{4}$/u

/** The number in a text that `typedOrderNumber` takes. */
export const readOrderNumber = (typed: string): OrderNumber => {
  const characters = typed
    .replace(/[ -]/gu, "")
    .toUpperCase()
    .replace(/[IL]/gu, "1")
    .replace(/O/gu, "0")
  return OrderNumber.make(
    `${characters.slice(0, half.characters)}-${characters.slice(half.characters)}`
  )
}

/** FNV-1a of 32 bits over a text's UTF-16 units, which are the bytes of ASCII. */
const fnv1a = (text: string): number => {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return hash >>> 0
}

/** From 0 to 1023. All orders of a user are in one bucket. */
export const bucketOf = (userId: UserId): number => {
  const hash = fnv1a(userId)
  // As FNV's authors make fewer bits of it.
  return ((hash >>> bucketBits) ^ hash) & (buckets - 1)
}

/** The first two characters are the bucket. */
export const bucketOfNumber = (number: OrderNumber): number =>
  alphabet.indexOf(number.charAt(0)) * alphabet.length + alphabet.indexOf(number.charAt(1))

/** The first digit of an id's count, whose top bit says that the id ends in a number. */
const markDigit = 12
const mark = 0b1000
const numberDigit = idLength - 2 * half.digits

/**
 * The id of a new order: `next` of IdGenerator with the bucket of its user at the front of its number, and with the
 * top bit of its count set. Ids of earlier versions have that bit clear: a process made fewer than 32,768 in one
 * millisecond. 54 of its bits are random.
 */
export const orderIdOf = (next: string, userId: UserId): OrderId => {
  const marked = Number.parseInt(next.charAt(markDigit), 16) | mark
  const low = Number.parseInt(next.charAt(numberDigit + 2), 16) & 0b11
  const bucket = ((bucketOf(userId) << 2) | low).toString(16).padStart(3, "0")
  return OrderId.make(
    next.slice(0, markDigit) +
      marked.toString(16) +
      next.slice(markDigit + 1, numberDigit) +
      bucket +
      next.slice(numberDigit + 3)
  )
}

/** Whether the id ends in its order's number. Ids of earlier versions do not. */
export const hasNumber = (id: OrderId): boolean =>
  id.length === idLength && Number.parseInt(id.charAt(markDigit), 16) >= mark

/** The bucket in an id that has a number. */
export const bucketOfId = (id: OrderId): number =>
  Number.parseInt(id.slice(numberDigit, numberDigit + 3), 16) >>> 2

const characterOf = (value: number, i: number): string =>
  alphabet.charAt((value >>> (5 * (half.characters - 1 - i))) & (alphabet.length - 1))

/** Of 20 bits. */
const halfOf = (value: number): string =>
  characterOf(value, 0) + characterOf(value, 1) + characterOf(value, 2) + characterOf(value, 3)

/** A number of that bucket; the other 30 bits are given. */
const numberFrom = (bucket: number, bits: number): OrderNumber => {
  const first = (bucket << bucketBits) | ((bits >>> 20) & (buckets - 1))
  return OrderNumber.make(`${halfOf(first)}-${halfOf(bits)}`)
}

/**
 * The number of a new order, and of one that has none stored. An id without a number gives a hash of it, so that every
 * process says the same; where that is taken, the next `draw` gives another.
 */
export const numberOf = (id: OrderId, userId: UserId, draw = 0): OrderNumber => {
  if (!hasNumber(id) || draw > 0)
    return numberFrom(bucketOf(userId), fnv1a(draw === 0 ? id : `${id} ${draw}`))
  const first = Number.parseInt(id.slice(numberDigit, numberDigit + half.digits), 16)
  const second = Number.parseInt(id.slice(numberDigit + half.digits), 16)
  return OrderNumber.make(`${halfOf(first)}-${halfOf(second)}`)
}
