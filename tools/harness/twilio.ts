// Twilio's Messages API as far as sending an SMS needs it, in process: it checks what Twilio checks,
// answers errors in Twilio's form, remembers messages, and fails on demand.

import { randomBytes } from "node:crypto"
import { once } from "node:events"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import { text } from "node:stream/consumers"

export interface TwilioMessage {
  readonly sid: string
  readonly to: string
  readonly from: string
  readonly body: string
}

/** A refusal with one of Twilio's codes. */
export interface TwilioRefusal {
  readonly status: number
  readonly code: number
  readonly retryAfter?: string
}

/** A refusal, a message that is accepted with a failure code, or no answer at all. */
export type TwilioFault = TwilioRefusal | { readonly failsWith: number } | "hang"

export const tooManyRequests: TwilioRefusal = { status: 429, code: 20429 }
export const internalError: TwilioRefusal = { status: 500, code: 20500 }

export interface TwilioOptions {
  /** The account's geo permissions: beginnings of the numbers that it may send to; absent: everywhere. */
  readonly regions?: ReadonlyArray<string>
}

export interface TwilioStub {
  readonly baseUrl: string
  readonly accountSid: string
  readonly authToken: string
  readonly apiKeySid: string
  readonly apiKeySecret: string
  readonly messages: () => ReadonlyArray<TwilioMessage>
  /** The next calls (1 by default) meet this fault. */
  readonly inject: (fault: TwilioFault, times?: number) => void
  readonly clear: () => void
  readonly stop: () => Promise<void>
}

export async function startTwilio({ regions }: TwilioOptions = {}): Promise<TwilioStub> {
  const accountSid = sid("AC")
  const apiKeySid = sid("SK")
  const authToken = randomBytes(16).toString("hex")
  const apiKeySecret = randomBytes(16).toString("hex")
  const accepted = [basic(accountSid, authToken), basic(apiKeySid, apiKeySecret)]
  const messages: Array<TwilioMessage> = []
  const faults: Array<TwilioFault> = []

  function refusalOf(request: IncomingMessage, form: URLSearchParams): TwilioRefusal | undefined {
    if (!accepted.includes(request.headers.authorization ?? "")) return { status: 401, code: 20003 }
    const resource = `/2010-04-01/Accounts/${accountSid}/Messages.json`
    if (request.method !== "POST" || request.url !== resource) return { status: 404, code: 20404 }
    const code = mistake(form)
    if (code !== undefined) return { status: 400, code }
    const reachable = regions?.some((region) => field(form, "To").startsWith(region)) ?? true
    return reachable ? undefined : { status: 400, code: 21408 }
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const form = formOf(request, await text(request))
    const fault = faults.shift()
    if (fault === "hang") return
    const injected = fault && "code" in fault ? fault : undefined
    const refusal = injected ?? refusalOf(request, form)
    if (refusal !== undefined) return refuse(response, refusal, field(form, "To"))
    const outcome = fault && "failsWith" in fault ? failed(fault.failsWith) : queued
    const [to, from, body] = [field(form, "To"), field(form, "From"), field(form, "Body")]
    const message = { sid: sid("SM"), to, from, body }
    if (outcome === queued) messages.push(message)
    json(response, 201, { ...message, account_sid: accountSid, ...outcome })
  }

  const server = createServer((request, response) => void answer(request, response))
  await once(server.listen(0, "127.0.0.1"), "listening")
  const address = server.address()
  if (address === null || typeof address === "string") throw new Error("Twilio's stub has no port")
  return {
    baseUrl: `http://127.0.0.1:${address.port}`,
    accountSid,
    authToken,
    apiKeySid,
    apiKeySecret,
    messages: () => [...messages],
    inject: (fault, times = 1) => {
      for (let n = 0; n < times; n++) faults.push(fault)
    },
    clear: () => {
      messages.length = 0
      faults.length = 0
    },
    stop: async () => {
      const closed = once(server, "close")
      server.close()
      server.closeAllConnections()
      await closed
    }
  }
}

/** Fields are taken from a form alone; a body of another type has none. */
function formOf(request: IncomingMessage, body: string): URLSearchParams {
  const isForm = request.headers["content-type"]?.startsWith("application/x-www-form-urlencoded")
  return new URLSearchParams(isForm ? body : "")
}

/** The first thing that Twilio would find wrong, as its code. */
function mistake(form: URLSearchParams): number | undefined {
  const to = field(form, "To")
  if (to === "") return 21604
  if (field(form, "From") === "") return 21603
  if (field(form, "Body") === "") return 21602
  if (!e164.test(to)) return 21211
  if (!e164.test(field(form, "From"))) return 21212
  return undefined
}

const queued = { status: "queued", error_code: null, error_message: null }

function failed(code: number) {
  return { status: "failed", error_code: code, error_message: `Failed with ${code}` }
}

const titles: Readonly<Record<number, string>> = {
  20003: "Authenticate",
  20404: "The requested resource was not found",
  20429: "Too Many Requests",
  20500: "Internal Server Error",
  21211: "Invalid 'To' Phone Number",
  21212: "Invalid 'From' Phone Number",
  21408:
    "Permission to send an SMS has not been enabled for the region indicated by the 'To' number",
  21602: "Message body is required.",
  21603: "A 'From' phone number is required.",
  21604: "A 'To' phone number is required."
}

/** Like Twilio's own, they quote the number. */
function wordsOf(code: number, to: string): string {
  return `${titles[code] ?? "Failed"}: ${to}`
}

function field(form: URLSearchParams, name: string): string {
  return form.get(name) ?? ""
}

const e164 = /^\+[1-9]\d{1,14}$/

function sid(prefix: string): string {
  return prefix + randomBytes(16).toString("hex")
}

function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`
}

function refuse(response: ServerResponse, refusal: TwilioRefusal, to: string): void {
  const { status, code, retryAfter } = refusal
  if (retryAfter !== undefined) response.setHeader("Retry-After", retryAfter)
  json(response, status, {
    code,
    message: wordsOf(code, to),
    more_info: `https://www.twilio.com/docs/errors/${code}`,
    status
  })
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body))
}
