// A local SES with an inbox page, for compose.yaml: aws-ses-v2-local, reachable from other containers. That one leaves
// an action of SES's query protocol that it does not know without an answer; here it is refused, as SES would. Mails
// are also at /dev/mailbox.json, as the embedded mailbox has them.
//   node tools/inbox/main.ts [PORT]
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import { text } from "node:stream/consumers"
import emulator from "aws-ses-v2-local"

const port = Number(process.argv[2] ?? 8005)

const known = new Set(["SendEmail", "SendRawEmail"])

const startEmulator = async (): Promise<string> => {
  const address = (await emulator.default({ host: "127.0.0.1", port: 0 })).address()
  if (address === null || typeof address === "string") throw new Error("the emulator has no port")
  return `http://127.0.0.1:${address.port}`
}

const refusal = (action: string): string =>
  '<ErrorResponse xmlns="http://ses.amazonaws.com/doc/2010-12-01/"><Error><Type>Sender</Type>' +
  `<Code>InvalidAction</Code><Message>This SES knows no action ${action.replace(/\W/gu, "")}.</Message></Error>` +
  `<RequestId>${crypto.randomUUID()}</RequestId></ErrorResponse>`

/** What the emulator tells at /store. */
interface Store {
  readonly emails: ReadonlyArray<{
    readonly destination: { readonly to: ReadonlyArray<string> }
    readonly subject: string
    readonly body: { readonly text?: string; readonly html?: string }
    /** In seconds since 1970. */
    readonly at: number
  }>
}

const mailbox = async (): Promise<string> => {
  const { emails }: Store = await (await fetch(`${upstream}/store`)).json()
  const mails = emails.flatMap(({ destination, subject, body, at }) =>
    destination.to.map((to) => ({
      ...{ to, channel: "email", subject },
      ...{ text: body.text ?? "", html: body.html ?? "" },
      at: new Date(at * 1000).toISOString()
    }))
  )
  return JSON.stringify(mails.toReversed())
}

const upstream = await startEmulator()

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method = "GET", url = "/", headers } = request
  const body = method === "POST" ? await text(request) : undefined
  const action = new URLSearchParams(body).get("Action") ?? ""
  if (method === "POST" && url === "/" && !known.has(action)) {
    response.writeHead(400, { "content-type": "text/xml" }).end(refusal(action))
    return
  }
  if (url === "/dev/mailbox.json") {
    response.writeHead(200, { "content-type": "application/json" }).end(await mailbox())
    return
  }
  const answered = await fetch(`${upstream}${url}`, {
    method,
    headers: {
      "content-type": headers["content-type"] ?? "",
      authorization: headers.authorization ?? ""
    },
    ...(body !== undefined && { body })
  })
  const type = answered.headers.get("content-type") ?? "text/plain"
  response.writeHead(answered.status, { "content-type": type })
  response.end(Buffer.from(await answered.arrayBuffer()))
}

createServer((request, response) => {
  answer(request, response).catch((error: unknown) => {
    response.writeHead(502, { "content-type": "text/plain" }).end(String(error))
  })
}).listen(port, () => process.stdout.write(`The inbox is at http://localhost:${port}\n`))

// The first process of a container ends at no signal that it does not listen to.
for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => process.exit(0))
