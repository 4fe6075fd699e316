// How the server ends: a request in progress gets its whole answer, with a header that closes the connection.
import { Agent, get, type IncomingMessage } from "node:http"
import { text } from "node:stream/consumers"
import { assert, it } from "@effect/vitest"
import { Deferred, Effect, Exit, Fiber, Scope } from "effect"
import { describe } from "vitest"
import { listen } from "../../src/http/NodeServer.ts"

/** Far below what the server grants a connection that does not end by itself. */
const soon = "3 seconds"

describe("HttpServer", () => {
  it.live(
    "answers the requests in flight at shutdown, and closes keep-alive connections with the response",
    () =>
      Effect.gen(function* () {
        const scope = yield* Scope.make()
        const arrived = yield* Deferred.make<void>()
        const answer = Promise.withResolvers<Response>()
        const { port } = yield* listen({
          fetch: () => {
            Deferred.doneUnsafe(arrived, Exit.void)
            return answer.promise
          },
          host: "127.0.0.1",
          port: 0,
          waitForClients: false
        }).pipe(Scope.provide(scope))
        const agent = yield* Effect.acquireRelease(
          Effect.sync(() => new Agent({ keepAlive: true })),
          (agent) => Effect.sync(() => agent.destroy())
        )
        const asked = new Promise<IncomingMessage>((resolve, reject) => {
          get({ agent, port, host: "127.0.0.1" }, resolve).on("error", reject)
        })
        yield* Deferred.await(arrived)
        const ended = yield* Effect.forkChild(Scope.close(scope, Exit.void), {
          startImmediately: true
        })
        answer.resolve(new Response("whole"))
        const response = yield* Effect.promise(() => asked)
        assert.strictEqual(response.headers.connection, "close")
        assert.strictEqual(yield* Effect.promise(() => text(response)), "whole")
        yield* Effect.timeout(Fiber.join(ended), soon)
      }).pipe(Effect.scoped)
  )
})
