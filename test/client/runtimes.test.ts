// The client on every host that it says to run on: one bundle walks with it on Node, Bun, Deno, workerd and in a browser.
import { once } from "node:events"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { build } from "esbuild"
import { chromium } from "playwright-core"
import { afterAll, assert, it } from "vitest"
import { runtimeNames } from "../../tools/harness/obtain/runtimes.ts"
import { lastWordsOf } from "../../tools/harness/program.ts"
import { type Runtime, thisNode } from "../../tools/harness/runtimes.ts"
import { serveOnWorkerd } from "../../tools/harness/workerd.ts"
import { describeWithBrowser, describeWithRuntime } from "../suite.ts"
import type { Seen } from "./walk.ts"
import { retryAfter, walkedApi } from "./walkedApi.ts"

const folder = await mkdtemp(join(tmpdir(), "order-processing-"))
afterAll(() => rm(folder, { recursive: true }))

const { outputFiles } = await build({
  entryPoints: ["test/client/walk.ts"],
  bundle: true,
  platform: "browser",
  format: "esm",
  target: "es2022",
  write: false
})
const bundle = outputFiles.map(({ text }) => text).join("")

const program = join(folder, "program.mjs")
await writeFile(join(folder, "walk.mjs"), bundle)
await writeFile(
  program,
  `import { walk } from "./walk.mjs"
console.log("SEEN " + JSON.stringify(await walk(process.argv[2])))`
)

/** Each waits for most of its time, as it was asked to. */
const concurrent = true
const timeout = 60_000

/** What the walk saw and what the API was asked, where `host` runs it; on a page of `origin`, where it is one. */
const walks = async (host: (url: string) => Promise<Seen>, origin?: string): Promise<void> => {
  await using api = await walkedApi(origin)
  const { orderMillis, ...seen } = await host(api.origin)
  assert.deepStrictEqual(seen, {
    name: "Walker",
    users: ["walker@example.com"],
    orders: ["its own"],
    skus: ["coffee-1kg", "filter-100", "grinder", "kettle", "mug-blue"],
    statuses: ["pending", "confirmed"],
    short: [{ sku: "kettle", requested: 99, available: 23 }],
    endedBySignal: true,
    refusedAfterLogout: true,
    copyRefusedAfterLogout: true
  })
  assert.isAtLeast(orderMillis, retryAfter * 1000)
  await api.gone
  // One for ten calls: those that are refused, and those with an old token. The last one is refused to the copy.
  assert.strictEqual(api.times("POST /api/auth/refresh"), 3)
  // Five products, two a page.
  assert.strictEqual(api.times("GET /api/products"), 3)
  const [first, again, other] = api.headersOf(/^POST \/api\/orders$/u, "idempotency-key")
  assert.match(first ?? "", /^[0-9a-f-]{36}$/u)
  assert.strictEqual(again, first)
  assert.notStrictEqual(other, first)
  assert.deepStrictEqual(api.headersOf(/^GET .*\/events$/u, "last-event-id"), [null, "0", "1"])
  const devices = api.headersOf(/^POST .*\/login$/u, "x-device-token")
  assert.deepStrictEqual(
    devices.map((token) => token !== null),
    [false, true]
  )
}

const asProgram =
  (runtime: Runtime) =>
  async (url: string): Promise<Seen> => {
    const running = runtime.run(program, {}, [url])
    assert.strictEqual(await running.ended, 0, lastWordsOf(running))
    return JSON.parse(/^SEEN (.*)$/mu.exec(running.stdout())?.[1] ?? "")
  }

for (const name of runtimeNames)
  await describeWithRuntime(
    name,
    `the client on ${name}`,
    (runtime) => {
      it("walks", { timeout }, () => walks(asProgram(runtime)))
    },
    { concurrent }
  )

it(`the client on ${thisNode.title} walks`, { timeout, concurrent }, () =>
  walks(asProgram(thisNode))
)

const worker = `import { walk } from "./walk.mjs"
export default { fetch: async (request) => Response.json(await walk(await request.text())) }`

it("the client on workerd walks", { timeout, concurrent }, () =>
  walks(async (url) => {
    await using host = await serveOnWorkerd({
      modules: { "worker.mjs": worker, "walk.mjs": bundle },
      reachesThisMachine: true
    })
    const answer = await fetch(host.origin, { method: "POST", body: url })
    const text = await answer.text()
    assert.strictEqual(answer.status, 200, text)
    return JSON.parse(text)
  })
)

/** A page with the bundle, where a browser may ask this machine without asking its user: on this machine. */
const servePage = async () => {
  const server = createServer(({ url }, response) => {
    const isBundle = url === "/walk.mjs"
    response.setHeader("content-type", isBundle ? "text/javascript" : "text/html")
    response.end(isBundle ? bundle : "<!doctype html>")
  })
  await once(server.listen(0, "127.0.0.1"), "listening")
  const { port } = server.address() as AddressInfo
  return {
    origin: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]()
  }
}

await describeWithBrowser(
  "the client in a browser",
  (executablePath) => {
    it("walks on a page of another origin", { timeout }, async () => {
      await using pages = await servePage()
      await walks(async (url) => {
        await using browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] })
        const page = await browser.newPage()
        await page.goto(pages.origin)
        // A string: the compiler would look for the module here.
        return await page.evaluate(
          `import("/walk.mjs").then(({ walk }) => walk(${JSON.stringify(url)}))`
        )
      }, pages.origin)
    })
  },
  { concurrent }
)
