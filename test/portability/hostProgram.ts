// The API as a process on any runtime with Node's modules, on embedded layers or on the services that its argument names.
// It tells its ports in a line of JSON. A POST to the second one, with an order's id as the path, settles that order.
import { Scope } from "effect"
import { listen } from "../../src/http/NodeServer.ts"
import { embedded } from "../conformance/embedded.ts"
import { liveDependencies } from "../conformance/liveDependencies.ts"

const [given] = process.argv.slice(2)
const system = await embedded({
  app: { bodiesAreFramed: true },
  ...(given === undefined ? {} : { dependencies: liveDependencies(JSON.parse(given)) })
})
const scope = await system.run(Scope.make())
const serve = (fetch: Parameters<typeof listen>[0]["fetch"]) =>
  system.run(
    Scope.provide(listen({ fetch, host: "127.0.0.1", port: 0, waitForClients: false }), scope)
  )

const api = await serve(system.app.fetch)
const control = await serve(async (request) => {
  await system.settle(new URL(request.url).pathname.slice(1))
  return new Response(null, { status: 204 })
})
const told = { api: api.port, control: control.port, admin: system.admin }
process.stdout.write(`${JSON.stringify(told)}\n`)
