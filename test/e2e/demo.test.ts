// `npm run demo` walks the journey, on a system of its own and on one that runs.
import { join } from "node:path"
import { expect, it } from "vitest"
import { run } from "../../tools/harness/program.ts"

const program = (name: string): string => join(import.meta.dirname, "../../src/programs", name)
const steps = [
  "register",
  "code",
  "verify",
  "login",
  "products",
  "order",
  "confirmed",
  "mail",
  "cancel"
]

const stepsIn = (output: string): ReadonlyArray<string> =>
  Array.from(output.matchAll(/^✔ (\w+):/gmu), ([, step = ""]) => step)

it("walks every step on an embedded system", async () => {
  const demo = run([program("demo.ts")], {})
  expect(await demo.ended, demo.output()).toBe(0)
  expect(stepsIn(demo.output())).toEqual(steps)
}, 60_000)

it("walks them on a system at a URL, and fails when none is there", async () => {
  const dev = run([program("dev.ts")], { HOST: "127.0.0.1", PORT: "0" })
  try {
    const [, port] = await dev.said(/API +http:\/\/localhost:(\d+)\/api/u)
    const demo = run([program("demo.ts"), "--url", `http://127.0.0.1:${port}`], {})
    expect(await demo.ended, demo.output()).toBe(0)
    expect(stepsIn(demo.output())).toEqual(steps)
  } finally {
    dev.signal("SIGTERM")
    await dev.ended
  }
  const lost = run([program("demo.ts"), "--url", "http://127.0.0.1:9"], {})
  expect(await lost.ended).toBe(1)
  expect(lost.output()).toContain("register: no answer from http://127.0.0.1:9/api/auth/register")
}, 60_000)
