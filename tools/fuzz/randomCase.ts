// Endless further inputs from a seed: several changes at once, values made up, bytes flipped.
import type { Random } from "../harness/random.ts"
import { type Case, changed, type View } from "./case.ts"
import { pointersIn, put } from "./json.ts"
import { bodyOf, type Operation } from "./operations.ts"
import { type Request, withHeader } from "./request.ts"
import { bytes, jsonTexts, texts } from "./values.ts"

const whole = (random: Random, below: number): number => Math.floor(random.next() * below)

const characters = (random: Random): string => {
  const range = random.pick([0x20, 0x7f, 0x250, 0xd800, 0x10000, 0x10ffff])
  const length = random.pick([1, 2, 8, 64, 65, 100, 101, 255, 256, 1000])
  return Array.from({ length }, () => String.fromCodePoint(whole(random, range + 1))).join("")
}

const text = (random: Random): string =>
  [
    random.next() < 0.5 ? characters(random) : "",
    random.next() < 0.75 ? random.pick(texts)[1] : ""
  ].join("")

const number = (random: Random): string => {
  const digits = random.pick([1, 3, 9, 15, 17, 40])
  const value = Array.from({ length: digits }, () => whole(random, 10)).join("")
  return `${random.pick(["", "-"])}${value}${random.pick(["", ".0", ".5", "e1", "e-3", "e308"])}`
}

const json = (random: Random, depth: number): string => {
  const many = () => Array.from({ length: whole(random, 4) }, () => json(random, depth - 1))
  const kind = random.pick(
    depth === 0 ? ["text", "number", "corpus"] : ["text", "number", "corpus", "array", "object"]
  )
  if (kind === "array") return `[${many().join(",")}]`
  if (kind === "object")
    return `{${many()
      .map((value) => `${JSON.stringify(text(random))}:${value}`)
      .join(",")}}`
  if (kind === "number") return number(random)
  return kind === "text" ? JSON.stringify(text(random)) : random.pick(jsonTexts)[1]
}

/** Some bytes changed, doubled or left out. */
const flipped = (random: Random, before: Buffer): Buffer => {
  const after = [...before]
  for (let left = 1 + whole(random, 4); left > 0 && after.length > 0; left--) {
    const at = whole(random, after.length)
    const change = random.pick(["change", "double", "leave out", "put in"])
    if (change === "change") after[at] = whole(random, 256)
    else if (change === "double") after.splice(at, 0, ...after.slice(at, at + whole(random, 50)))
    else if (change === "leave out") after.splice(at, 1 + whole(random, 10))
    else after.splice(at, 0, ...random.pick(bytes)[1])
  }
  return Buffer.from(after)
}

type Make = (request: Request, view: View) => Request

const queryOf = (random: Random, operation: Operation): string => {
  const names = [...operation.query.map(({ name }) => name), "limit", "a"]
  return Array.from(
    { length: 1 + whole(random, 4) },
    () => `${random.pick(names)}=${encodeURIComponent(text(random).toWellFormed())}`
  ).join("&")
}

const headerNames = [
  "X-Request-Id",
  "Idempotency-Key",
  "If-None-Match",
  "traceparent",
  "Accept",
  "Content-Type"
]

/** One change to a request, drawn now, made later: what it is made to need not be known yet. */
const draw = (random: Random, operation: Operation): Make => {
  const kinds = [
    "query",
    "header",
    "method",
    ...(operation.path.length > 0 ? ["path", "path"] : []),
    ...(operation.example === undefined ? [] : ["field", "field", "field", "bytes"])
  ]
  switch (random.pick(kinds)) {
    case "query": {
      const query = queryOf(random, operation)
      return (request) => ({ ...request, target: `${request.target}?${query}` })
    }
    case "header": {
      const name = random.pick(headerNames)
      const value = text(random).toWellFormed()
      return (request) => withHeader(request, name, value)
    }
    case "method": {
      const method = random.pick([operation.method, operation.method, "HEAD", "OPTIONS", "PATCH"])
      return (request) => ({ ...request, method })
    }
    case "path": {
      const value = encodeURIComponent(text(random).toWellFormed())
      const target = operation.template.replaceAll(/\{\w+\}/gu, () => value)
      return (request) => ({ ...request, target })
    }
    case "field": {
      const pointer = random.pick(pointersIn(operation.example))
      const value = json(random, 3)
      return (request, { known }) => ({
        ...request,
        body: put(bodyOf(operation, known), pointer, value)
      })
    }
    default: {
      const fork = random.fork(`bytes ${random.next()}`)
      return (request) =>
        request.body === undefined ? request : { ...request, body: flipped(fork, request.body) }
    }
  }
}

/** `number` tells it from the others of its seed. */
export const randomCase = (random: Random, operation: Operation, number: number): Case => {
  const what = `number ${number}`
  if (random.next() < 0.15) {
    const fork = random.fork(what)
    const intact = changed("random", operation, what, (request) => request)
    return {
      ...intact,
      what: `${what}: bytes of the whole`,
      expects: "refusal",
      make: (view) => {
        const { method, wire } = intact.make(view)
        return { method, wire: { bytes: flipped(fork, wire.bytes) } }
      }
    }
  }
  const changes = Array.from({ length: 1 + whole(random, 3) }, () => draw(random, operation))
  return changed("random", operation, what, (request, view) =>
    changes.reduce((before, change) => change(before, view), request)
  )
}
