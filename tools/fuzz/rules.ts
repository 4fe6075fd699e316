// The rules that every answer keeps, to any request: the promises that hostile input might break.
import { type Checker, checkerOf, mediaType } from "../harness/openapi.ts"
import type { Case, Sent } from "./case.ts"
import { readAnswers, type WireAnswer, type WireOutcome } from "./wire.ts"

/** A request is answered within this time. */
export const answerMs = 10_000
/** A connection on which no request comes is let go within this: 10 s, and how often the server looks. */
export const releaseMs = 13_000

export interface Rules {
  readonly checker: Checker
  /** What must be in no answer: keys, passwords, addresses of services. */
  readonly secrets: ReadonlyArray<string>
}

export const makeRules = (document: unknown, secrets: ReadonlyArray<string>): Rules => ({
  checker: checkerOf(JSON.stringify(document)),
  secrets
})

/** Signs of internals: paths of code, errors in it, stored forms of passwords. */
const inside = [
  /\bat [^\n"]{0,200}\(?(?:file:\/\/|node:|\/)[^\n"]{0,200}:\d+:\d+\)?/u,
  /node_modules\//u,
  /\$argon2id?\$/u,
  /\bMongo\w*Error\b|\bMongoose\w*Error\b|\bReplyError\b|\bE11000\b/u,
  /\bZodError\b|\bFiberFailure\b|\bSyntaxError\b|\bTypeError\b|\bRangeError\b/u,
  /\bmongodb(?:\+srv)?:\/\//u,
  /\bECONN(?:REFUSED|RESET)\b/u
]

const leaksIn = (text: string, secrets: ReadonlyArray<string>): ReadonlyArray<string> => [
  ...inside.flatMap((pattern) => {
    const found = pattern.exec(text)
    return found === null ? [] : [`shows what is inside: ${found[0].slice(0, 120)}`]
  }),
  ...secrets.filter((secret) => text.includes(secret)).map(() => "shows a secret")
]

/** The members that every problem has, whether its operation declares it or not. */
const problemFaults = ({ status, headers, body }: WireAnswer): ReadonlyArray<string> => {
  const type = mediaType(headers)
  if (type !== "application/problem+json") return [`an error of the type ${type || "(none)"}`]
  const problem = parsed(body)
  if (typeof problem !== "object" || problem === null) return ["a problem that is no JSON object"]
  const {
    type: page,
    title,
    status: said,
    detail,
    instance,
    code,
    errors
  } = problem as Record<string, unknown>
  const known = typeof code === "string" && /^[a-z]+(?:_[a-z]+)*$/u.test(code)
  return [
    ...(known && page === `/docs/errors/${code}`
      ? []
      : ["a problem whose type is not its code's page"]),
    ...(typeof title === "string" && title !== "" ? [] : ["a problem without a title"]),
    ...(typeof detail === "string" && detail !== "" ? [] : ["a problem without a detail"]),
    ...(said === status ? [] : ["a problem with another status"]),
    ...(instance === headers.get("x-request-id")
      ? []
      : ["a problem that does not name its request"]),
    ...(code !== "invalid_request" || Array.isArray(errors) ? [] : ["no list of errors"])
  ]
}

const parsed = (body: Buffer): unknown => {
  try {
    return JSON.parse(body.toString())
  } catch {
    return undefined
  }
}

/** What holds for each answer on its own. */
const answerFaults = (
  answer: WireAnswer,
  method: string,
  secrets: ReadonlyArray<string>
): ReadonlyArray<string> => {
  const { status, headers, head, body } = answer
  return [
    ...(status >= 500 ? [`answered ${status}`] : []),
    ...(/^[A-Za-z0-9._-]{1,128}$/u.test(headers.get("x-request-id") ?? "")
      ? []
      : ["no well-formed X-Request-Id"]),
    ...(headers.has("x-injected") ? ["a header of the client's making"] : []),
    ...(status >= 400 && method !== "HEAD" ? problemFaults(answer) : []),
    ...leaksIn(`${head}\n${body.toString()}`, secrets)
  ]
}

/** A path is no reference: one that begins with two slashes names no host. */
const urlOf = (target: string): string =>
  target.startsWith("/") ? `http://orders.test${target}` : target

/** The path as the server understands it: without dot segments, its letters decoded. */
const routed = (target: string): string => {
  const { pathname } = new URL(urlOf(target))
  try {
    return decodeURI(pathname.replaceAll("%25", "%2525"))
  } catch {
    return pathname
  }
}

const isDecodable = (encoded: string): boolean => {
  try {
    decodeURIComponent(encoded)
    return true
  } catch {
    return false
  }
}

/** What the document says of this request; nothing where its target is none. */
const declaredFaults = (
  { checker }: Rules,
  { request }: Sent,
  { status, headers, body }: WireAnswer
): ReadonlyArray<string> => {
  if (request === undefined || !URL.canParse(urlOf(request.target))) return []
  // Broken encoding is refused before routing.
  if (status === 400 && !isDecodable(request.target)) return []
  // Below the routes, Node and its adapter refuse what is no request.
  if (
    status === 400 &&
    headers.get("connection") === "close" &&
    !headers.has("content-security-policy")
  )
    return []
  const text = body.toString()
  const json = mediaType(headers).endsWith("json") && text !== "" ? parsed(body) : null
  try {
    checker.check(request.method, routed(request.target), { status, headers, text, json })
    return []
  } catch (error) {
    const [first = ""] = String(error instanceof Error ? error.message : error).split("\n")
    return [first.replace(/^.*?(?=Undeclared: )/u, "").replace(/^.*: \d{3} /u, "")]
  }
}

const late = "too late: "

const brokenOff = "broken off: "

const unavailable = "answered 503"

/**
 * Whether a busy machine may be the reason: nothing but time; a service that says that it had too little of
 * it; or a connection that was reset while we were still writing, whose answer Node then does not read.
 */
export const isDoubtful = (fault: string): boolean =>
  fault.startsWith(late) || fault.startsWith(brokenOff) || fault === unavailable

const timeFaults = (
  expects: Case["expects"],
  { ms, ended, received }: WireOutcome
): ReadonlyArray<string> => {
  if (expects === "release")
    return ended && ms <= releaseMs
      ? []
      : [`${late}the connection was kept for ${(ms / 1000).toFixed(1)} s`]
  if (received.length === 0) return []
  return ms <= answerMs ? [] : [`${late}it took ${(ms / 1000).toFixed(1)} s`]
}

/** The rules that are broken, in words. */
export function faultsOf(
  rules: Rules,
  { expects, allowed }: Pick<Case, "expects" | "allowed">,
  sent: Sent,
  outcome: WireOutcome
): ReadonlyArray<string> {
  const slow = timeFaults(expects, outcome)
  let answers: ReadonlyArray<WireAnswer>
  try {
    answers = readAnswers(outcome.received, sent.method)
  } catch (error) {
    return [...slow, String(error)]
  }
  // A refusal may end the connection; every other request gets an answer.
  if (answers.length === 0 && !outcome.ended)
    return [...slow, `${late}no answer, and the connection stayed open`]
  if (answers.length === 0 && expects === "answer")
    return [
      ...slow,
      outcome.error === undefined
        ? "no answer, and the connection ended"
        : `${brokenOff}no answer but ${outcome.error}`
    ]
  const [first] = answers
  return [
    ...slow,
    ...answers.flatMap((answer) => answerFaults(answer, sent.method, rules.secrets)),
    ...(sent.request !== undefined && answers.length > 1 ? ["more than one answer"] : []),
    ...(first !== undefined && allowed !== undefined && !allowed.includes(first.status)
      ? [`answered ${first.status} where only ${allowed.join(" or ")} is right`]
      : []),
    ...(first === undefined ? [] : declaredFaults(rules, sent, first))
  ]
}

/** The same leaks, in what the processes of the system logged. Stacks are allowed there. */
export const secretsIn = (log: string, secrets: ReadonlyArray<string>): boolean =>
  secrets.some((secret) => log.includes(secret))
