// Starts the counting SES, and asks it.
import { join } from "node:path"
import { type Kept, startKept } from "../../harness/kept.ts"
import type { Service } from "../../harness/service.ts"
import type { MailCount, SentMail } from "./protocol.ts"

export interface CountingSes extends Service<{ readonly endpoint: string }> {
  readonly node: Kept
  /** Waits until there are so many, or until the signal. */
  readonly count: (atLeast: number, signal: AbortSignal) => Promise<MailCount>
  readonly mails: () => Promise<ReadonlyArray<SentMail>>
  readonly clear: () => Promise<void>
}

export async function startCountingSes(): Promise<CountingSes> {
  const node = await startKept({
    name: "SES",
    program: (_dir, port) => ({
      command: process.execPath,
      args: [join(import.meta.dirname, "program.ts"), String(port)],
      ready: "SES is listening"
    })
  })
  const endpoint = `http://127.0.0.1:${node.port}`
  const ask = async (path: string, init: RequestInit = {}): Promise<Response> => {
    const answer = await fetch(endpoint + path, init)
    if (!answer.ok) throw new Error(`the counting SES answered ${answer.status} to ${path}`)
    return answer
  }
  return {
    address: { endpoint },
    from: "tools/bench/ses",
    node,
    stop: node.stop,
    count: async (atLeast, signal) => (await ask(`/_count?atLeast=${atLeast}`, { signal })).json(),
    mails: async () => (await ask("/_mails")).json(),
    clear: async () => {
      await ask("/_clear", { method: "POST" })
    }
  }
}
