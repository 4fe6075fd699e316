// Endless further inputs from a seed: several changes in one, values made up, bytes flipped.
import type { SeededRandom } from "../harness/random.ts"
import { type Case, changed, type View } from "./case.ts"
import { pointersIn, put } from "./json.ts"
import { bodyOf, type Operation } from "./operations.ts"
import { type Request, withHeader } from "./request.ts"
import { bytes, jsonTexts, texts } from "./values.ts"

const characters = (random: SeededRandom): string => {
  const range = random.pick([0x20, 0x7f, 0x250, 0xd800, 0x10000, 0x10ffff])
  const length = random.pick([1, 2, 8, 64, 65, 100, 101, 255, 256, 1000])
  return Array.from({ length }, () => String.fromCodePoint(random.int(0, range))).join("")
}

const text = (random: SeededRandom): string =>
  [
    random.chance(0.5) ? characters(random) : "",
    random.chance(0.75) ? random.pick(texts)[1] : ""
  ].join("")

const number = (random: SeededRandom): string => {
  const digits = random.pick([1, 3, 9, 15, 17, 40])
  const value = Array.from({ length: digits }, () => random.int(0, 9)).join("")
  return `${random.pick(["", "-"])}${value}${random.pick(["", ".0", ".5", "e1", "e-3", "e308"])}`
}

const json = (random: SeededRandom, depth: number): string => {
  const many = () => Array.from({ length: random.int(0, 3) }, () => json(random, depth - 1))
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
const flipped = (random: SeededRandom, before: Buffer): Buffer => {
  const after = [...before]
  for (let left = random.int(1, 4); left > 0 && after.length > 0; left--) {
    const at = random.int(0, after.length - 1)
    const change = random.pick(["change", "double", "leave out", "put in"])
    if (change === "change") after[at] = random.int(0, 255)
    else if (change === "double") after.splice(at, 0, ...after.slice(at, at + random.int(0, 49)))
    else if (change === "leave out") after.splice(at, random.int(1, 10))
    else after.splice(at, 0, ...random.pick(bytes)[1])
  }
  return Buffer.from(after)
}

type Make = (request: Request, view: View) => Request

const queryOf = (random: SeededRandom, operation: Operation): string => {
  const names = [...operation.query.map(({ name }) => name), "limit", "a"]
  return Array.from(
    { length: random.int(1, 4) },
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
const draw = (random: SeededRandom, operation: Operation): Make => {
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
      const fork = random.fork()
      return (request) =>
        request.body === undefined ? request : { ...request, body: flipped(fork, request.body) }
    }
  }
}

/** `number` tells it from the others of its seed. */
export const randomCase = (random: SeededRandom, operation: Operation, number: number): Case => {
  const what = `number ${number}`
  if (random.chance(0.15)) {
    const fork = random.fork()
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
  const changes = Array.from({ length: random.int(1, 3) }, () => draw(random, operation))
  return changed("random", operation, what, (request, view) =>
    changes.reduce((before, change) => change(before, view), request)
  )
}
