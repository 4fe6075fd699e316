// When something was interrupted that a mail's outcome depends on: its sender, SES's answers, or the
// database that records it. What excuses a second mail is in here, and nothing else is.

export interface Interruption {
  readonly what: string
  /** The process (by its access key id) whose sends it concerns; those of all processes without it. */
  readonly caller?: string
  /** Milliseconds since 1970. */
  readonly from: number
  readonly to: number
}

export interface Interruptions {
  readonly all: ReadonlyArray<Interruption>
  readonly add: (interruption: Interruption) => void
  /** Notes one that lasts as long as `act`. */
  readonly during: <A>(what: string, act: () => Promise<A>) => Promise<A>
}

export function makeInterruptions(): Interruptions {
  const all: Array<Interruption> = []
  const add = (interruption: Interruption): void => void all.push(interruption)
  return {
    all,
    add,
    during: async (what, act) => {
      const from = Date.now()
      try {
        return await act()
      } finally {
        add({ what, from, to: Date.now() })
      }
    }
  }
}
