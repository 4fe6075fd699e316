// Nothing is served that the OpenAPI document does not tell, but for its own pages.
import { assert, it } from "vitest"
import { pages } from "../../src/api/contract/pages.ts"
import { operationsOf } from "../../src/api/openapi.ts"
import { embedded } from "../conformance/embedded.ts"

it("declares every route, and no other", async () => {
  await using system = await embedded()
  const served = system.app.routes.flatMap(({ method, path }) =>
    method === "ALL" ? [] : [`${method} ${path}`]
  )
  const declared = operationsOf({ mailbox: true }).map(
    ({ method, path }) => `${method.toUpperCase()} ${path}`
  )
  assert.deepStrictEqual(
    [...new Set(served)].toSorted(),
    [...declared, ...pages.map((path) => `GET ${path}`)].toSorted()
  )
})
