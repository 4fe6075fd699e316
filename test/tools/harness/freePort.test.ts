// Services of tests choose free ports, and another program may take one before they listen.
import { assert, it } from "vitest"
import { onFreePort } from "../../../tools/harness/kept.ts"

it("starts on another port if the first is taken meanwhile", async () => {
  const tried: Array<number> = []
  const started = await onFreePort(async (port) => {
    tried.push(port)
    if (tried.length === 1) throw new Error("bind: Address already in use")
    return port
  })
  assert.strictEqual(tried.length, 2)
  assert.strictEqual(started, tried[1])
})

it("starts on no port above the highest", async () => {
  const port = await onFreePort(async (chosen) => chosen, 50_000)
  assert.isAtMost(port, 50_000)
})

it.each([
  ["bind: Address already in use", 3],
  ["no such file", 1]
])('gives up after "%s" at the attempt number %i', async (message, attempts) => {
  let count = 0
  const failed = await onFreePort(async () => {
    count += 1
    throw new Error(message)
  }).catch(String)
  assert.strictEqual(failed, `Error: ${message}`)
  assert.strictEqual(count, attempts)
})
