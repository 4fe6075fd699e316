// An SES that accepts every mail without a delay, counts it, and does nothing else: the load on a worker is its own
// work. The SES of the tests keeps and renders mails, at a few hundred per second.
//   node tools/bench/ses/program.ts PORT
//   POST /                    SES's query protocol: SendEmail; other actions are unknown, as to SES
//   GET  /_count?atLeast=N    waits until there are N mails; without it, answers what there are
//   GET  /_mails              all of them: subject and time
//   POST /_clear
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import { type MailCount, monotonicMs, type SentMail } from "./protocol.ts"

const mails: Array<SentMail> = []
const waiting: Array<{ readonly atLeast: number; readonly answer: () => void }> = []

const subjectField = /(?:^|&)Message\.Subject\.Data=([^&]*)/u

/** The SDK writes a space as %20. */
const subjectOf = (form: string): string => decodeURIComponent(subjectField.exec(form)?.[1] ?? "")

const accepted = (id: number): string =>
  '<SendEmailResponse xmlns="http://ses.amazonaws.com/doc/2010-12-01/"><SendEmailResult>' +
  `<MessageId>${id}</MessageId></SendEmailResult><ResponseMetadata><RequestId>${id}</RequestId>` +
  "</ResponseMetadata></SendEmailResponse>"

const unknownAction =
  '<ErrorResponse xmlns="http://ses.amazonaws.com/doc/2010-12-01/"><Error><Type>Sender</Type>' +
  "<Code>InvalidAction</Code><Message>This SES only takes mails.</Message></Error></ErrorResponse>"

function send(form: string, response: ServerResponse): void {
  const isMail = form.includes("Action=SendEmail")
  if (isMail) mails.push({ subject: subjectOf(form), at: monotonicMs() })
  response
    .writeHead(isMail ? 200 : 400, { "content-type": "text/xml" })
    .end(isMail ? accepted(mails.length) : unknownAction)
  const due = waiting.filter(({ atLeast }) => mails.length >= atLeast)
  for (const waiter of due) {
    waiting.splice(waiting.indexOf(waiter), 1)
    waiter.answer()
  }
}

function count(atLeast: number, response: ServerResponse): void {
  const answer = (): void => {
    const at = (mails[atLeast - 1] ?? mails.at(-1))?.at ?? 0
    response.end(JSON.stringify({ mails: mails.length, at } satisfies MailCount))
  }
  if (mails.length >= atLeast) answer()
  else waiting.push({ atLeast, answer })
}

function answer(request: IncomingMessage, body: string, response: ServerResponse): void {
  const url = new URL(request.url ?? "/", "http://ses")
  switch (`${request.method} ${url.pathname}`) {
    case "POST /":
      send(body, response)
      break
    case "GET /_count":
      count(Number(url.searchParams.get("atLeast") ?? 0), response)
      break
    case "GET /_mails":
      response.end(JSON.stringify(mails))
      break
    case "POST /_clear":
      mails.length = 0
      response.end()
      break
    default:
      response.writeHead(404).end()
  }
}

const server = createServer((request, response) => {
  const chunks: Array<Buffer> = []
  request.on("data", (chunk: Buffer) => chunks.push(chunk))
  request.on("end", () => answer(request, Buffer.concat(chunks).toString(), response))
})
server.listen(Number(process.argv[2]), "127.0.0.1", () => {
  process.stdout.write("SES is listening\n")
})
