// An AWS client without the steps around a call that nobody here needs: they took a fifth of its CPU. What
// signs, retries, times out and checks stays.

/**
 * By the SDK's names: a log of every call, built although its logger drops it; two headers that tell AWS
 * which SDK calls, and are signed; a header for functions that call themselves, on Lambda.
 */
const extras = ["loggerMiddleware", "getUserAgentMiddleware", "recursionDetectionMiddleware"]

export const withoutExtras = <
  Client extends { readonly middlewareStack: { readonly remove: (name: string) => boolean } }
>(
  client: Client
): Client => {
  for (const extra of extras) client.middlewareStack.remove(extra)
  return client
}
