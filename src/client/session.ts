// The session of a client: it stores tokens and device token, sends the access token, and refreshes it. Calls that need
// new tokens at the same time share one refresh: a refresh token is valid for one use, and a second use could end the
// session.
import { isProblem } from "./errors.ts"
import type { Answer } from "./operations.ts"
import { type Incoming, type Outgoing, type Sending, send } from "./send.ts"
import { unlessAborted } from "./waiting.ts"

/** The stored state of a client. A reader of it has the session, so keep it where only the user can read. */
export interface Kept {
  readonly tokens?:
    | {
        readonly accessToken: string
        /** Milliseconds since the epoch, by the clock of the client. */
        readonly expiresAt: number
        readonly refreshToken: string
      }
    | undefined
  /**
   * Of the last login or new password on this device. With it the user gets in where strangers have used up the
   * attempts at the account; it stays when the user logs out.
   */
  readonly deviceToken?: string | undefined
}

/** Where it is stored. Several clients may share one, as the tabs of a browser do. */
export interface Store {
  readonly load: () => Kept | undefined | Promise<Kept | undefined>
  readonly save: (kept: Kept) => void | Promise<void>
}

/** Kept as long as the client exists, beginning with what is given. */
export const inMemory = (initial?: Kept): Store => {
  let kept = initial
  return {
    load: () => kept,
    save: (next) => {
      kept = next
    }
  }
}

/** An access token that ends sooner is renewed before it is sent. */
const marginMillis = 10_000

const stale = ["token_expired", "invalid_token"] as const

export interface SessionOptions {
  readonly store: Store
  readonly sending: Sending
  readonly refreshUrl: string
}

export const makeSession = ({ store, sending, refreshUrl }: SessionOptions) => {
  let refreshing: Promise<Kept> | undefined

  const load = async (): Promise<Kept> => (await store.load()) ?? {}

  const keepTokens = async (
    { accessToken, expiresIn, refreshToken }: Answer<"refresh">,
    deviceToken: string | undefined
  ): Promise<Kept> => {
    const tokens = { accessToken, expiresAt: Date.now() + expiresIn * 1000, refreshToken }
    const kept = { tokens, deviceToken }
    await store.save(kept)
    return kept
  }

  /** The tokens after `refreshToken`. */
  const renew = async (refreshToken: string): Promise<Kept> => {
    const before = await load()
    // Another refresh has renewed it since, of this client or of another one with the same store.
    if (before.tokens?.refreshToken !== refreshToken) return before
    const sent = send(sending, {
      url: refreshUrl,
      method: "post",
      headers: {},
      body: JSON.stringify({ refreshToken }),
      // The API answers the same again where its answer was lost.
      repeatable: true
    })
    const answered = await sent.then(
      ({ body }) => body as Answer<"refresh">,
      (error: unknown) => {
        if (isProblem(error, "session_revoked", "invalid_token")) return undefined
        throw error
      }
    )
    const kept = await load()
    // A login, a logout or another client has changed the store meanwhile: its content is newer.
    if (kept.tokens?.refreshToken !== refreshToken) return kept
    if (answered !== undefined) return keepTokens(answered, kept.deviceToken)
    const ended = { deviceToken: kept.deviceToken }
    await store.save(ended)
    return ended
  }

  /** One at a time. No caller's signal ends it: the others wait for it too, and its answer is needed. */
  const refresh = (refreshToken: string): Promise<Kept> => {
    refreshing ??= renew(refreshToken).finally(() => {
      refreshing = undefined
    })
    return refreshing
  }

  /** The stored tokens, with a valid access token that is not `refused`; without one if there is no session. */
  const current = async (refused: string | undefined): Promise<Kept> => {
    const kept = await (refreshing ?? load())
    const { tokens } = kept
    if (tokens === undefined) return kept
    const lives = tokens.accessToken !== refused && tokens.expiresAt - marginMillis > Date.now()
    return lives ? kept : refresh(tokens.refreshToken)
  }

  /** Calls `act` with the headers of the user, and once more with new ones where the API refuses the access token. */
  const authorized = async <A>(
    act: (headers: Readonly<Record<string, string>>) => Promise<A>,
    signal: AbortSignal | undefined
  ): Promise<A> => {
    const headersOf = ({ tokens }: Kept): Record<string, string> =>
      tokens === undefined ? {} : { authorization: `Bearer ${tokens.accessToken}` }
    const kept = await unlessAborted(current(undefined), signal)
    try {
      return await act(headersOf(kept))
    } catch (error) {
      if (kept.tokens === undefined || !isProblem(error, ...stale)) throw error
      const next = await unlessAborted(current(kept.tokens.accessToken), signal)
      if (next.tokens === undefined) throw error
      return act(headersOf(next))
    }
  }

  return {
    authorized,
    /** Sends with the device token, and keeps the one of the answer, wherever it is. */
    onDevice: async (outgoing: Outgoing): Promise<Incoming> => {
      const { deviceToken } = await load()
      const device = deviceToken === undefined ? {} : { "x-device-token": deviceToken }
      const incoming = await send(sending, {
        ...outgoing,
        headers: { ...outgoing.headers, ...device }
      })
      const next = incoming.headers.get("x-device-token")
      if (next !== null) await store.save({ ...(await load()), deviceToken: next })
      return incoming
    },
    /** From a login's answer on. */
    begin: async (tokens: Answer<"login">): Promise<void> => {
      await keepTokens(tokens, tokens.deviceToken)
    },
    /** Waits for a refresh in progress, deletes the tokens, and returns the refresh token of the session to end. */
    end: async (): Promise<string | undefined> => {
      await refreshing?.catch(() => undefined)
      const { tokens, deviceToken } = await load()
      await store.save({ deviceToken })
      return tokens?.refreshToken
    }
  }
}

export type ClientSession = ReturnType<typeof makeSession>
