// An AWS client without three middlewares that this service does not need: they took a fifth of a call's CPU.
// Signing, retries, timeouts and checks stay.

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
