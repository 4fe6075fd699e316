// A wait that a signal ends, and the time to wait before a retry.

/** Rejects with the signal's reason as soon as it is aborted. */
export const sleep = (millis: number, signal?: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason)
      return
    }
    const stop = (): void => {
      clearTimeout(timer)
      reject(signal?.reason)
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop)
      resolve()
    }, millis)
    signal?.addEventListener("abort", stop, { once: true })
  })

/** Its result, unless the signal is aborted first; the awaited work continues. */
export const unlessAborted = <A>(work: Promise<A>, signal?: AbortSignal): Promise<A> =>
  signal === undefined
    ? work
    : new Promise((resolve, reject) => {
        const stop = (): void => reject(signal.reason)
        if (signal.aborted) stop()
        signal.addEventListener("abort", stop, { once: true })
        work.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop))
      })

const firstMillis = 250
const longestMillis = 8000

/**
 * Before the attempt after `failures` that failed: doubled each time, and between half of it and all, so that clients
 * that failed together do not come back together.
 */
export const backOff = (failures: number, first = firstMillis): number => {
  const most = Math.min(longestMillis, first * 2 ** (failures - 1))
  return most * (0.5 + Math.random() / 2)
}

/** `Retry-After` in seconds: it holds seconds, or a date (RFC 9110, 10.2.3). */
export const retryAfterOf = (headers: Headers): number | undefined => {
  const text = headers.get("retry-after")
  if (text === null) return undefined
  if (/^\d+$/u.test(text)) return Number(text)
  const seconds = (Date.parse(text) - Date.now()) / 1000
  return Number.isNaN(seconds) ? undefined : Math.max(0, seconds)
}
