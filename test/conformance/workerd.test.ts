// The suite against the API on workerd, where no request may resume the work of another.
import { assert, describe, it } from "vitest"
import { conformance } from "./suite.ts"
import { type Call, connect, type Target } from "./target.ts"
import { workerd } from "./workerd.ts"

// `npm run portability` has the hashes as deployed.
conformance("the API on workerd", () => workerd({ hashes: "weak" }), { settles: false })

const encoder = new TextEncoder()

/** A body that arrives fast enough, and whose end is due after the deadline of its request. */
const lateBody = () => {
  let timer: NodeJS.Timeout | undefined
  return new ReadableStream<Uint8Array>({
    start: (controller) => {
      controller.enqueue(encoder.encode('{"email": "'))
      timer = setInterval(() => controller.enqueue(encoder.encode("a".repeat(3500))), 500)
    },
    cancel: () => clearInterval(timer)
  })
}

const asJson = { "content-type": "application/json" }
const stranger = { email: "nobody@example.com", password: "none of the passwords" }

/** What a client that goes away sees, or the status of its answer. */
const leaving = async (target: Target): Promise<"gone" | number> => {
  const init: RequestInit & { readonly duplex: "half" } = {
    method: "POST",
    headers: asJson,
    body: lateBody(),
    duplex: "half",
    signal: AbortSignal.timeout(200)
  }
  try {
    return (await target.fetch(new Request(`${target.origin}/api/auth/login`, init))).status
  } catch {
    return "gone"
  }
}

describe("fifty requests at the same time on workerd", () => {
  it("are each answered, also when earlier ones are late or gone", {
    timeout: 60_000
  }, async () => {
    await using target = await workerd()
    const { call } = await connect(target)
    const login = (given: Call) => call("POST", "/api/auth/login", given)
    const times = <A>(count: number, ask: () => Promise<A>) =>
      Promise.all(Array.from({ length: count }, ask))
    const [gone, late, wrong, read] = await Promise.all([
      times(10, () => leaving(target)),
      times(10, () => login({ headers: asJson, body: lateBody() })),
      // Few: each of them hashes for some 300 ms.
      times(3, () => login({ json: stranger })),
      times(27, () => call("GET", "/api/products"))
    ])
    const statuses = (answers: ReadonlyArray<{ readonly status: number }>) => [
      ...new Set(answers.map(({ status }) => status))
    ]
    assert.deepStrictEqual([statuses(late), statuses(wrong), statuses(read)], [[408], [401], [200]])
    assert.deepStrictEqual([...new Set(gone)], ["gone"])
    assert.strictEqual((await call("GET", "/api/products")).status, 200)
  })
})
