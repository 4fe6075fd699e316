// An HTTP server before an SES emulator: it passes SES's query protocol through, remembers every
// call, and fails the calls that it was told to fail, in SES's own words. Controlled by ses-control.ts.

import { EventEmitter, once } from "node:events"
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http"
import type { Socket } from "node:net"
import { text } from "node:stream/consumers"
import { setTimeout } from "node:timers/promises"
import type { SesFault, SesInjection, SesMail, SesSend } from "./ses-control.ts"

/** What the emulator (aws-ses-v2-local) tells at `/store`. */
interface Store {
  readonly emails: ReadonlyArray<{
    readonly messageId: string
    readonly from: string
    readonly replyTo: ReadonlyArray<string>
    readonly destination: { readonly to: ReadonlyArray<string> }
    readonly subject: string
    readonly body: { readonly text?: string; readonly html?: string }
    readonly at: number
  }>
}

const refusals: Record<"throttling" | "rejected" | "paused" | "error500", Refusal> = {
  throttling: [400, "Throttling", "Maximum sending rate exceeded."],
  rejected: [400, "MessageRejected", "Address blacklisted."],
  paused: [
    400,
    "MessageRejected",
    "Sending paused for this account. For more information, please check the inbox of the email address " +
      "associated with your AWS account."
  ],
  error500: [500, "InternalFailure", "The request processing has failed."]
}

const distanceMs = 30

/** No address. */
const anyone = "*"

/** The mails that the emulator has told of, and the second, since 1970, of the newest: it tells those since a second. */
interface Known {
  readonly mails: Map<string, SesMail>
  since: number
}

const nothingKnown = (): Known => ({ mails: new Map(), since: 0 })

export function createSesShim(upstream: string): Server {
  const rules: Array<Rule> = []
  const sends: Array<SesSend> = []
  const hanging = new Set<Socket>()
  /** Its events are the recipients of a delivered mail, and `anyone`. */
  const delivered = new EventEmitter().setMaxListeners(0)
  let known = nothingKnown()

  async function send(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request)
    const form = new URLSearchParams(body)
    const action = form.get("Action") ?? ""
    if (action !== "SendEmail" && action !== "SendRawEmail") {
      return refuse(response, [400, "InvalidAction", `This SES knows no action ${action}.`])
    }
    const to = recipients(form)
    const call: Call = {
      at: Date.now(),
      to,
      subject: form.get("Message.Subject.Data") ?? "",
      caller: /Credential=([^/]+)/.exec(request.headers.authorization ?? "")?.[1] ?? ""
    }
    const fault = nextFault(to)
    switch (fault) {
      case "throttling":
      case "rejected":
      case "paused":
      case "error500":
        sends.push({ ...call, outcome: fault })
        return refuse(response, refusals[fault])
      case "reset":
        sends.push({ ...call, outcome: fault })
        request.socket.resetAndDestroy()
        return
      case "hang":
        sends.push({ ...call, outcome: fault })
        hanging.add(request.socket)
        request.socket.once("close", () => hanging.delete(request.socket))
        return
      case "distant":
        await setTimeout(distanceMs)
        return forward(request, response, body, call, undefined)
      default:
        return forward(request, response, body, call, fault)
    }
  }

  async function forward(
    request: IncomingMessage,
    response: ServerResponse,
    body: string,
    call: Call,
    fault: "deliver-then-reset" | undefined
  ): Promise<void> {
    const answer = await fetch(upstream, {
      method: "POST",
      headers: {
        "content-type": request.headers["content-type"] ?? "",
        authorization: request.headers.authorization ?? ""
      },
      body
    })
    const said = await answer.text()
    if (!answer.ok) {
      // The emulator refuses in JSON, which no client of this protocol reads.
      sends.push({ ...call, outcome: "refused" })
      return refuse(response, [answer.status, "ValidationError", said])
    }
    sends.push({ ...call, outcome: fault ?? "delivered" })
    for (const address of [...call.to, anyone]) delivered.emit(address)
    if (fault) request.socket.resetAndDestroy()
    else response.writeHead(200, { "content-type": "text/xml" }).end(said)
  }

  function nextFault(to: ReadonlyArray<string>): SesFault | undefined {
    const rule = rules.find((rule) => rule.left > 0 && (!rule.to || to.includes(rule.to)))
    if (!rule) return undefined
    rule.due += rule.share
    if (rule.due < 1) return undefined
    rule.due -= 1
    rule.left -= 1
    return rule.fault
  }

  /** A run sends thousands of mails: the emulator is asked only for those that are not known yet. */
  async function inbox(to: string | null): Promise<ReadonlyArray<SesMail>> {
    const told = known
    const path = `/store?since=${told.since}`
    const { emails }: Store = await (await fetch(new URL(path, upstream))).json()
    for (const mail of emails) {
      told.since = Math.max(told.since, mail.at)
      told.mails.set(mail.messageId, {
        id: mail.messageId,
        from: mail.from,
        to: mail.destination.to,
        replyTo: mail.replyTo,
        subject: mail.subject,
        ...mail.body,
        at: new Date(mail.at * 1000).toISOString()
      })
    }
    return [...told.mails.values()].filter((mail) => to === null || mail.to.includes(to))
  }

  async function inboxOf(query: URLSearchParams): Promise<ReadonlyArray<SesMail>> {
    const to = query.get("to")
    const deadline = AbortSignal.timeout(Number(query.get("withinMs")))
    for (;;) {
      // Asked before the look, so that a mail between look and wait is not missed.
      const next = once(delivered, to ?? anyone, { signal: deadline }).catch(() => undefined)
      const mails = await inbox(to)
      if (mails.length >= Number(query.get("atLeast")) || deadline.aborted) return mails
      await next
    }
  }

  function heal(): void {
    rules.length = 0
    for (const socket of hanging) socket.resetAndDestroy()
  }

  async function clear(): Promise<void> {
    heal()
    sends.length = 0
    await fetch(new URL("/clear-store", upstream), { method: "POST" })
    known = nothingKnown()
  }

  async function control(url: URL, request: IncomingMessage): Promise<unknown> {
    const to = url.searchParams.get("to")
    switch (`${request.method} ${url.pathname}`) {
      case "POST /_control/inject":
        rules.push(ruleOf(JSON.parse(await text(request))))
        return {}
      case "POST /_control/heal": {
        const kept: ReadonlyArray<SesInjection> = JSON.parse(await text(request))
        heal()
        // In the same turn: no call slips through between the two.
        rules.push(...kept.map(ruleOf))
        return {}
      }
      case "POST /_control/spare": {
        const spared: { readonly to: string } = JSON.parse(await text(request))
        for (const rule of rules) if (rule.to === spared.to) rule.left = 0
        return {}
      }
      case "POST /_control/clear":
        await clear()
        return {}
      case "GET /_control/inbox":
        return inboxOf(url.searchParams)
      case "GET /_control/calls":
        return sends
          .filter((send) => to === null || send.to.includes(to))
          .map(({ to, outcome }) => ({ to, outcome }))
      case "GET /_control/sends":
        return sends
      default:
        throw new Error(`no ${request.method} ${url.pathname}`)
    }
  }

  return createServer(async (request, response) => {
    const url = new URL(request.url ?? "/", upstream)
    try {
      if (url.pathname === "/") await send(request, response)
      else response.end(JSON.stringify(await control(url, request)))
    } catch (error) {
      response.writeHead(502).end(String(error))
    }
  })
}

interface Rule {
  readonly fault: SesFault
  readonly to: string | undefined
  readonly share: number
  left: number
  /** What its share has added up to since the last call it met. */
  due: number
}

const ruleOf = ({ fault, times = 1, to, share = 1 }: SesInjection): Rule => ({
  ...{ fault, to, share, due: 0 },
  left: times === "all" ? Number.POSITIVE_INFINITY : times
})

type Call = Omit<SesSend, "outcome">

function recipients(form: URLSearchParams): ReadonlyArray<string> {
  const keys = /^(Destination\.(To|Cc|Bcc)Addresses|Destinations)\.member\.\d+$/
  return [...form].filter(([key]) => keys.test(key)).map(([, address]) => address)
}

type Refusal = readonly [status: number, code: string, message: string]

function refuse(response: ServerResponse, [status, code, message]: Refusal): void {
  const type = status < 500 ? "Sender" : "Receiver"
  const escaped = message.replace(/[<&]/g, (char) => (char === "<" ? "&lt;" : "&amp;"))
  response
    .writeHead(status, { "content-type": "text/xml" })
    .end(
      `<ErrorResponse xmlns="http://ses.amazonaws.com/doc/2010-12-01/"><Error><Type>${type}</Type>` +
        `<Code>${code}</Code><Message>${escaped}</Message></Error>` +
        `<RequestId>${crypto.randomUUID()}</RequestId></ErrorResponse>`
    )
}
