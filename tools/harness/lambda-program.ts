// Runs functions of dist/programs/lambda.js for the process that forked it, as AWS Lambda's runtime would: one event
// after the other, each with the time that its function has left.
import { resolve } from "node:path"

export interface Invoke {
  readonly handler: "api" | "orders" | "mails"
  readonly event: unknown
  readonly timeoutMillis: number
}

export type Invoked = { readonly result: unknown } | { readonly error: string }

type Handler = (
  event: unknown,
  context: { readonly getRemainingTimeInMillis: () => number }
) => Promise<unknown>

const file = resolve(import.meta.dirname, "../../dist/programs/lambda.js")
const functions: Readonly<Record<Invoke["handler"], Handler>> = await import(file)

const invoke = async ({ handler, event, timeoutMillis }: Invoke): Promise<Invoked> => {
  const endsAt = performance.now() + timeoutMillis
  const context = { getRemainingTimeInMillis: () => endsAt - performance.now() }
  try {
    return { result: await functions[handler](event, context) }
  } catch (error) {
    return { error: String(error) }
  }
}

let before = Promise.resolve()
process.on("message", (message: Invoke) => {
  before = before.then(async () => {
    process.send?.(await invoke(message))
  })
})
