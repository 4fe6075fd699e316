// The suite against the API on Node's HTTP server, over sockets.
import { Exit, Scope } from "effect"
import { listen } from "../../src/http/NodeServer.ts"
import { embedded } from "./embedded.ts"
import { conformance } from "./suite.ts"

conformance(
  "the API on a Node server",
  async () => {
    const system = await embedded({ app: { bodiesAreFramed: true } })
    const scope = await system.run(Scope.make())
    const { port } = await system.run(
      Scope.provide(
        listen({
          fetch: system.app.fetch,
          host: "127.0.0.1",
          port: 0,
          waitForClients: false
        }),
        scope
      )
    )
    return {
      fetch,
      origin: `http://127.0.0.1:${port}`,
      admin: system.admin,
      settle: system.settle,
      [Symbol.asyncDispose]: async () => {
        await system.run(Scope.close(scope, Exit.void))
        await system[Symbol.asyncDispose]()
      }
    }
  },
  { settles: true }
)
