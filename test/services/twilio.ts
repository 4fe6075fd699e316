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

/** A status to answer with, or no answer at all. */
export type TwilioFault = 429 | 500 | "hang"

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

export async function startTwilio(): Promise<TwilioStub> {
  const accountSid = sid("AC")
  const apiKeySid = sid("SK")
  const authToken = randomBytes(16).toString("hex")
  const apiKeySecret = randomBytes(16).toString("hex")
  const accepted = [basic(accountSid, authToken), basic(apiKeySid, apiKeySecret)]
  const messages: Array<TwilioMessage> = []
  const faults: Array<TwilioFault> = []

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const form = new URLSearchParams(await text(request))
    const fault = faults.shift()
    if (fault === "hang") return
    if (fault === 429) return refuse(response, 429, 20429, "Too Many Requests")
    if (fault === 500) return refuse(response, 500, 20500, "Internal Server Error")
    if (!accepted.includes(request.headers.authorization ?? "")) {
      return refuse(response, 401, 20003, "Authenticate")
    }
    if (
      request.method !== "POST" ||
      request.url !== `/2010-04-01/Accounts/${accountSid}/Messages.json`
    ) {
      const resource = `The requested resource ${request.url} was not found`
      return refuse(response, 404, 20404, resource)
    }
    const wrong = mistake(form)
    if (wrong) return refuse(response, 400, ...wrong)
    const [to, from, body] = [field(form, "To"), field(form, "From"), field(form, "Body")]
    const message = { sid: sid("SM"), to, from, body }
    messages.push(message)
    json(response, 201, {
      ...message,
      account_sid: accountSid,
      status: "queued",
      error_code: null,
      error_message: null
    })
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

/** The first thing that Twilio would find wrong, as its code and message. */
function mistake(form: URLSearchParams): readonly [code: number, message: string] | undefined {
  const to = field(form, "To")
  if (to === "") return [21604, "A 'To' phone number is required."]
  if (field(form, "From") === "") return [21603, "A 'From' phone number is required."]
  if (field(form, "Body") === "") return [21602, "Message body is required."]
  if (!e164.test(to)) return [21211, `Invalid 'To' Phone Number: ${to}`]
  return undefined
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

function refuse(response: ServerResponse, status: number, code: number, message: string): void {
  json(response, status, {
    code,
    message,
    more_info: `https://www.twilio.com/docs/errors/${code}`,
    status
  })
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body))
}
