// What a test says to the SES of the tests, from any process: make calls fail, read what was sent.
// The service is shared by all suites of a run, so suites address faults and mails by recipient.

/**
 * `throttling`, `rejected` and `paused` (of the whole account) are SES's 400s, `error500` its 500; `reset` drops the connection before
 * the mail is taken, `deliver-then-reset` after it; `hang` never answers. `distant` is no failure: the call is handled 30 ms
 * later, as by an SES that is not on this machine.
 */
export type SesFault =
  | "throttling"
  | "rejected"
  | "paused"
  | "error500"
  | "reset"
  | "hang"
  | "deliver-then-reset"
  | "distant"

export interface SesInjection {
  readonly fault: SesFault
  /** How many calls it meets: 1 by default; `"all"` until `clear`. */
  readonly times?: number | "all"
  /** Only calls with this recipient; without it, every call. */
  readonly to?: string
  /** The part of these calls that it meets, evenly: 1 by default, 0.5 for every other one. */
  readonly share?: number
}

export interface SesMail {
  readonly id: string
  readonly from: string
  readonly to: ReadonlyArray<string>
  readonly replyTo: ReadonlyArray<string>
  readonly subject: string
  readonly text?: string
  readonly html?: string
  readonly at: string
}

export interface SesCall {
  readonly to: ReadonlyArray<string>
  readonly outcome: "delivered" | "refused" | Exclude<SesFault, "distant">
}

/** A call with what tells who sent which mail when. */
export interface SesSend extends SesCall {
  /** When it had arrived whole, in milliseconds since 1970. */
  readonly at: number
  readonly subject: string
  /** The access key id that signed it: processes with keys of their own can be told apart. */
  readonly caller: string
}

export interface InboxQuery {
  readonly to?: string
  /** Wait until there are so many, and throw when there are not. */
  readonly atLeast?: number
  /** How long to wait for them: 10 s by default. */
  readonly withinMs?: number
}

export interface SesControl {
  /** Later injections apply once earlier ones that match are used up. */
  readonly inject: (injection: SesInjection) => Promise<void>
  /** What was delivered, oldest first. */
  readonly inbox: (query?: InboxQuery) => Promise<ReadonlyArray<SesMail>>
  /** Every attempt to send, oldest first, failed ones included. */
  readonly calls: (to?: string) => Promise<ReadonlyArray<SesCall>>
  /** The same attempts with sender, subject and time. */
  readonly sends: () => Promise<ReadonlyArray<SesSend>>
  /**
   * Takes every fault away, of every suite, and has `kept` in their place, with no call in between; what
   * was delivered and called stays known.
   */
  readonly heal: (kept?: ReadonlyArray<SesInjection>) => Promise<void>
  /** Takes the faults away that meet this recipient alone. */
  readonly spare: (to: string) => Promise<void>
  /** Forgets mails, calls and faults of every suite, and drops the calls that hang. */
  readonly clear: () => Promise<void>
}

export function sesControl(endpoint: string): SesControl {
  const ask = async (path: string, body?: object) => {
    const post = body && { method: "POST", body: JSON.stringify(body) }
    const response = await fetch(new URL(`/_control/${path}`, endpoint), post)
    if (!response.ok) throw new Error(`SES control ${path}: ${await response.text()}`)
    return response
  }
  return {
    inject: async (injection) => {
      await ask("inject", injection)
    },
    inbox: async ({ to, atLeast = 0, withinMs = 10_000 } = {}) => {
      const query = new URLSearchParams({
        atLeast: String(atLeast),
        withinMs: String(withinMs),
        ...(to !== undefined && { to })
      })
      const mails: ReadonlyArray<SesMail> = await (await ask(`inbox?${query}`)).json()
      if (mails.length >= atLeast) return mails
      const subjects = mails.map((mail) => mail.subject).join(", ") || "none"
      throw new Error(
        `${atLeast} mails to ${to ?? "any address"} did not come within ${withinMs} ms, but: ${subjects}`
      )
    },
    calls: async (to) => {
      const query = new URLSearchParams(to === undefined ? {} : { to })
      return (await ask(`calls?${query}`)).json()
    },
    sends: async () => (await ask("sends")).json(),
    heal: async (kept = []) => {
      await ask("heal", kept)
    },
    spare: async (to) => {
      await ask("spare", { to })
    },
    clear: async () => {
      await ask("clear", {})
    }
  }
}
