// One-line files, or lines of files, that the linter's rules refuse or leave alone, by where they lie.
/** What the message of each rule has to say. */
export const messages = {
  plainPaths: "Write a relative path plainly",
  inlineTypes: "import it by name, with a statement at the top of the file",
  services: "declare a port (Context.Service) for what you need, and implement it in src/layers",
  api: "use a Web API, or a port that a program provides",
  worker: "take the adapter as a port, and let src/programs provide its layer",
  http: "what only one process needs belongs to src/api or src/worker",
  layers: "move what both sides need into src/services, and combine layers in src/programs",
  client: "nothing but types from elsewhere",
  layerChoice: "depend on the port in src/services, and let a program provide the layer",
  clock: "read it with Clock.currentTimeMillis or DateTime.now",
  stopwatch: "measure with Effect.timed, Clock.currentTimeNanos or a metric",
  timers: "wait with Effect.sleep, Effect.timeout or a Schedule",
  random: "use Effect's Random; a secret comes from src/layers/crypto",
  secrets: "Secrets are drawn only in src/layers/crypto",
  environment: "add the variable to the configuration in src/programs/config",
  process: "fail with a typed error, and let the program turn it into an exit code",
  console: "use Effect.log…, or Effect's Console",
  run: "return the effect, or fork it with Effect.forkScoped or a FiberSet",
  tests: "No .only, .skip or .todo is committed",
  cycles: "This import is part of a cycle",
  explicitAny: "Unexpected any",
  floatingPromises: 'A "floating" Promise was found',
  defaultExport: "Avoid default exports",
  barrel: "Avoid barrel files",
  exportAll: "Do not use export all",
  exportType: "only types",
  importType: "only used as types",
  unusedImports: "This import is unused",
  undeclared: "isn't specified in package.json"
} as const

export type Rule = keyof typeof messages
export type Snippet = readonly [path: string, code: string]

/** Refused by the rule they are listed under. */
export const refused: Readonly<Record<Rule, ReadonlyArray<Snippet>>> = {
  plainPaths: [
    ["src/services/orders/paths.ts", 'import { a } from "../orders/../../layers/a.ts"'],
    ["src/services/orders/paths.ts", 'import { a } from "./../products/a.ts"'],
    ["src/api/paths.ts", 'await import("./x/../a.ts")']
  ],
  inlineTypes: [["src/services/a.ts", 'export type A = import("hono").Hono']],
  services: [
    ...[
      "hono",
      "hono/html",
      "hono/jwt",
      "zod",
      "zod-openapi",
      "mongoose",
      "ioredis",
      "@aws-sdk/client-sqs",
      "@oslojs/crypto",
      "@node-rs/argon2",
      "node:crypto",
      "crypto",
      "effectful",
      "../programs/dev.ts",
      "../api/a.ts",
      "../worker/a.ts"
    ].map((from): Snippet => ["src/services/a.ts", `import { a } from "${from}"`]),
    ["src/services/a.ts", "import { a } from 'mongoose'"],
    ["src/services/a.ts", 'import type { A } from "mongoose"'],
    ["src/services/a.ts", 'import "mongoose"'],
    ["src/services/a.ts", 'export { a } from "mongoose"'],
    ["src/services/a.ts", 'await import("mongoose")'],
    ["src/services/a.ts", "await import(`mongoose`)"],
    ["src/services/a.ts", "await import(anything)"],
    ["src/services/orders/a.ts", 'import { a } from "../../api/a.ts"'],
    ["src/services/orders/deep/a.ts", 'import { a } from "../../../api/a.ts"'],
    ["src/services/mails/a.ts", 'import { a } from "hono/html"'],
    ["src/services/mails/design/a.ts", 'import { a } from "hono"']
  ],
  api: [
    ...[
      "node:http",
      "fs",
      "@hono/node-server",
      "mongoose",
      "ioredis",
      "@hono/other",
      "honor",
      "../worker/a.ts",
      "../http/NodeServer.ts",
      "../programs/node-floor.js"
    ].map((from): Snippet => ["src/api/a.ts", `import { a } from "${from}"`]),
    ["src/api/routes/a.ts", 'import { a } from "../../worker/a.ts"'],
    ["src/api/routes/a.ts", 'await import("node:fs")'],
    ["src/api/console/a.tsx", 'import { a } from "node:fs"'],
    ["src/api/routes/deep/a.ts", 'import { a } from "../../../worker/a.ts"']
  ],
  worker: [
    ...["node:http", "hono", "zod", "mongoose", "@aws-sdk/client-sqs", "../api/a.ts"].map(
      (from): Snippet => ["src/worker/a.ts", `import { a } from "${from}"`]
    ),
    ["src/worker/a.ts", 'import { a } from "../http/nodeErrors.ts"'],
    ["src/worker/batch/a.ts", 'import { a } from "../../api/a.ts"'],
    ["src/worker/batch/deep/a.ts", 'import { a } from "../../../api/a.ts"']
  ],
  http: [
    ["src/http/a.ts", 'import { a } from "../api/a.ts"'],
    ["src/http/a.ts", 'await import("../worker/a.ts")'],
    ["src/http/a.ts", 'import type { A } from "../layers/node/a.ts"']
  ],
  layers: [
    ["src/layers/a.ts", 'import { a } from "../api/a.ts"'],
    ["src/layers/mongo/a.ts", 'import { a } from "../../api/a.ts"'],
    ["src/layers/mongo/a.ts", 'import { a } from "../../programs/a.ts"'],
    ["src/layers/mongo/a.ts", 'await import("../../worker/a.ts")'],
    ["src/layers/mongo/deep/a.ts", 'import { a } from "../../../worker/a.ts"']
  ],
  client: [
    ["src/client/a.ts", 'import { a } from "zod"'],
    ["src/client/a.ts", 'import * as z from "zod"'],
    ["src/client/a.ts", 'import { type A, b } from "../api/a.ts"'],
    ["src/client/a.ts", 'import "../api/a.ts"'],
    ["src/client/a.ts", 'export { a } from "../http/problems.ts"'],
    ["src/client/a.ts", 'await import("./b.ts")']
  ],
  layerChoice: [
    ["src/services/choice.ts", 'import { a } from "../layers/mongo/a.ts"'],
    ["src/api/choice.ts", 'import { a } from "../layers/mongo/a.ts"'],
    ["src/api/console/choice.tsx", 'import { a } from "../../layers/mongo/a.ts"'],
    ["src/worker/choice.ts", 'import type { A } from "../layers/mongo/a.ts"'],
    ["src/worker/choice.ts", 'import { a } from "../programs/a.ts"'],
    ["src/other.ts", 'import { a } from "./layers/mongo/a.ts"'],
    ["src/other.ts", 'await import("./programs/a.ts")'],
    ["src/other/a.ts", 'export { a } from "../layers/mongo/a.ts"']
  ],
  clock: [
    ...["src/services/a.ts", "src/layers/node/a.ts", "src/programs/dev.ts"].map(
      (path): Snippet => [path, "export const now = Date.now()"]
    ),
    ["src/services/a.ts", "export const clock = Date.now"],
    ["src/api/console/clock.tsx", "export const now = Date.now()"],
    ["src/services/a.ts", 'export const now = Date["now"]()'],
    ["src/services/a.ts", "export const { now } = Date"],
    ["src/services/a.ts", "export const now = globalThis.Date.now()"],
    ["src/services/a.ts", "export const now = new Date()"],
    ["src/services/a.ts", "export const now = new Date"],
    ["src/services/a.ts", "export const now = Date()"]
  ],
  stopwatch: [
    ["src/services/a.ts", "export const now = performance.now()"],
    ["src/layers/mongo/a.ts", "export const now = globalThis.performance.now()"],
    ["src/layers/mongo/a.ts", "export const { now } = performance"]
  ],
  timers: [
    ["src/services/a.ts", "setTimeout(() => {}, 1)"],
    ["src/services/a.ts", "setInterval(() => {}, 1)"],
    ["src/services/a.ts", "globalThis.setTimeout(() => {}, 1)"],
    ["src/services/a.ts", "export const wait = { setTimeout }"],
    ["src/layers/node/a.ts", "setImmediate(() => {})"],
    ["src/layers/mongo/a.ts", 'import { setTimeout as sleep } from "node:timers/promises"']
  ],
  random: [
    ["src/services/a.ts", "export const chance = Math.random()"],
    ["src/services/a.ts", 'export const chance = Math["random"]()'],
    ["src/layers/crypto/a.ts", "export const { random } = Math"]
  ],
  secrets: [
    ["src/services/a.ts", "crypto.getRandomValues(bytes)"],
    ["src/layers/mongo/a.ts", "globalThis.crypto.getRandomValues(bytes)"],
    ["src/layers/mongo/a.ts", "const { getRandomValues } = crypto"],
    ["src/layers/mongo/a.ts", 'import { randomBytes } from "node:crypto"']
  ],
  environment: [
    ["src/programs/dev.ts", "export const a = process.env"],
    ["src/programs/cli.ts", "export const a = process.env.A"],
    ["src/programs/cli.ts", 'export const a = process["env"]'],
    ["src/programs/cli.ts", "export const { argv, env } = process"],
    ["src/layers/node/a.ts", 'import { env } from "node:process"'],
    ["src/layers/mongo/a.ts", "export const a = import.meta.env"],
    ["src/layers/mongo/a.ts", "export const a = globalThis.process"]
  ],
  process: [
    ["src/services/a.ts", "process.exit(1)"],
    ["src/http/a.ts", "process.exitCode = 1"],
    ["src/layers/mongo/a.ts", 'import { exit } from "node:process"']
  ],
  console: [
    ["src/services/a.ts", 'console.log("a")'],
    ["src/programs/dev.ts", 'console.error("a")'],
    ["src/layers/mongo/a.ts", 'globalThis.console.log("a")'],
    ["src/layers/mongo/a.ts", "export const { log } = console"],
    ["src/layers/mongo/a.ts", 'import { log } from "node:console"']
  ],
  run: [
    ...["runPromise", "runPromiseExit", "runSync", "runSyncExit", "runFork", "runCallback"].map(
      (name): Snippet => ["src/api/a.ts", `Effect.${name}(effect)`]
    ),
    ["src/layers/mongo/a.ts", "export const start = Effect.runForkWith(services)"],
    ["src/http/a.ts", "Effect.runSync(effect)"],
    ["src/worker/a.ts", 'import { runPromise } from "effect/Effect"']
  ],
  tests: [
    ["test/a.test.ts", 'it.only("a", () => {})'],
    ["test/a.test.ts", 'it.skip("a", () => {})'],
    ["test/a.test.ts", 'it.todo("a")'],
    ["test/a.test.ts", 'test.skip("a", () => {})'],
    ["test/a.test.ts", 'describe.only("a", () => {})'],
    ["test/a.test.ts", 'describe.skip("a", () => {})'],
    ["test/a.test.ts", 'it.effect.skip("a", () => effect)'],
    ["test/a.test.ts", 'it.live.only("a", () => effect)'],
    ["test/a.test.ts", 'it.skip.each([1])("a", () => {})']
  ],
  cycles: [
    ["src/services/cycle-a.ts", 'import { b } from "./cycle-b.ts"'],
    ["src/services/cycle-b.ts", 'import { a } from "./cycle-a.ts"']
  ],
  explicitAny: [["src/services/a.ts", "export const a: any = 1"]],
  floatingPromises: [["src/programs/serve.ts", "Promise.resolve(1)"]],
  defaultExport: [["src/services/a.ts", "export default 1"]],
  barrel: [["src/services/barrel.ts", 'export * from "./a.ts"']],
  exportAll: [["src/services/barrel.ts", 'export * from "./b.ts"']],
  exportType: [["src/services/types.ts", "type C = string; export { C }"]],
  importType: [["src/services/types.ts", 'import { A } from "./a.ts"; export type B = A']],
  unusedImports: [["src/services/a.ts", 'import { unused } from "./a-neighbour.ts"']],
  undeclared: [["src/layers/mongo/a.ts", 'import { a } from "vitest"; export const b = a']]
}

/** Accepted by every rule of this project. */
export const accepted: Readonly<Record<string, ReadonlyArray<Snippet>>> = {
  "services import effect and themselves": [
    ["src/services/good.ts", 'import { Effect } from "effect"'],
    ["src/services/good.ts", 'import * as Clock from "effect/Clock"'],
    ["src/services/good.ts", 'import { a } from "./orders/a.ts"'],
    ["src/services/orders/good.ts", 'import type { A } from "../products/a.ts"'],
    ["src/services/orders/deep/good.ts", 'import { a } from "../../products/a.ts"'],
    ["src/services/orders/deep/good.ts", 'import { a } from "../a.ts"']
  ],
  "the design of the mails imports what escapes HTML": [
    ["src/services/mails/design/good.ts", 'import { html } from "hono/html"']
  ],
  "the API imports its contract's libraries and services": [
    ...["effect", "hono", "hono/jwt", "zod", "zod-openapi", "@hono/zod-validator", "ipaddr.js"].map(
      (from): Snippet => ["src/api/good.ts", `import { a } from "${from}"`]
    ),
    ["src/api/good.ts", 'import { a } from "../services/a.ts"'],
    ["src/api/good.ts", 'import { a } from "../http/a.ts"'],
    ["src/api/routes/good.ts", 'import { a } from "../../services/orders/a.ts"'],
    ["src/api/routes/good.ts", 'import { a } from "../app.ts"'],
    ["src/api/routes/deep/good.ts", 'import { a } from "../../../services/orders/a.ts"']
  ],
  "what a process tells of itself has the event loop's delay": [
    ["src/layers/node/ProcessMetrics.ts", 'import { monitorEventLoopDelay } from "node:perf_hooks"']
  ],
  "the worker imports services": [
    ["src/worker/good.ts", 'import { Effect } from "effect"'],
    ["src/worker/good.ts", 'import { a } from "../services/a.ts"'],
    ["src/worker/good.ts", 'import { a } from "../http/a.ts"'],
    ["src/worker/good.ts", 'import { a } from "./batch.ts"'],
    ["src/worker/batch/good.ts", 'import { a } from "../../services/orders/a.ts"'],
    ["src/worker/batch/deep/good.ts", 'import { a } from "../../../services/orders/a.ts"']
  ],
  "layers import packages, services and each other": [
    ["src/layers/good.ts", 'import { a } from "../services/a.ts"'],
    ["src/layers/mongo/good.ts", 'import { connect } from "mongoose"'],
    ["src/layers/mongo/good.ts", 'import { createHash } from "node:crypto"'],
    ["src/layers/mongo/good.ts", 'import { a } from "../redis/a.ts"'],
    ["src/layers/mongo/good.ts", 'import { a } from "../../services/orders/a.ts"'],
    ["src/layers/mongo/deep/good.ts", 'import { a } from "../../../services/orders/a.ts"']
  ],
  "what all processes have at their edge imports packages and services": [
    ["src/http/good.ts", 'import { createServer } from "node:http"'],
    ["src/http/good.ts", 'import { a } from "@hono/node-server"'],
    ["src/http/good.ts", 'import { a } from "../services/runtime/a.ts"'],
    ["src/http/good.ts", 'import { a } from "./problem.ts"']
  ],
  "the client imports its own files, and types": [
    ["src/client/good.ts", 'import { a } from "./b.ts"'],
    ["src/client/good.ts", 'export { c } from "./d.ts"'],
    ["src/client/good.ts", 'import type { A } from "../api/contract/a.ts"'],
    ["src/client/good.ts", 'import type * as z from "zod"'],
    ["src/client/good.ts", "setTimeout(() => {}, Date.now() * Math.random())"]
  ],
  "what the package exports and tests build on has layers": [
    ["src/entries/good.ts", 'export { a } from "../layers/a.ts"'],
    ["src/testing/good.ts", 'import { a } from "../layers/memory/a.ts"']
  ],
  "programs choose layers": [
    ["src/programs/good.ts", 'import { a } from "../layers/memory/a.ts"'],
    ["src/programs/cli/good.ts", 'import { a } from "../../layers/memory/a.ts"'],
    ["src/programs/good.ts", 'import { serve } from "@hono/node-server"'],
    ["src/programs/good.ts", 'import { a } from "../http/NodeServer.ts"'],
    ["test/good.test.ts", 'import { a } from "../src/layers/memory/a.ts"']
  ],
  "a given instant is converted, and a member may be called like a global": [
    ["src/services/good.ts", "export const instant = new Date(0)"],
    ["src/services/good.ts", "export const parsed = Date.parse(text)"],
    ["src/services/good.ts", "options.setTimeout(1)"],
    ["src/services/good.ts", "export const options = { setTimeout: 1, console: 2, process: 3 }"],
    ["src/services/good.ts", "export const floor = Math.floor(1.5)"],
    ["src/services/good.ts", "export const chance = Random.next"]
  ],
  "an owner touches what it owns": [
    ["src/programs/runMain.ts", "export const env = process.env"],
    ["src/layers/node/good.ts", 'console.error("a")'],
    ["src/layers/node/good.ts", 'process.on("SIGTERM", stop)'],
    ["src/layers/crypto/good.ts", "crypto.getRandomValues(bytes)"],
    ["src/layers/crypto/good.ts", 'import { randomBytes } from "node:crypto"'],
    ["src/programs/node-floor.js", "process.exit(1)"],
    ["src/programs/cli.ts", "process.exitCode = 1"]
  ],
  "effects are run at the edge": [
    ["src/api/serve.ts", "export const answer = Effect.runPromise(effect)"],
    ["src/programs/runMain.ts", "export const main = Effect.runFork(effect)"],
    ["src/programs/worker.ts", "export const fiber = Effect.runFork(effect)"],
    ["src/programs/demo.ts", "export const result = Effect.runPromiseExit(effect)"],
    ["src/layers/mongo/good.ts", "export const fiber = FiberSet.run(set)"]
  ],
  "tests do as they need": [
    ["test/good.test.ts", 'it("a", () => {})'],
    ["test/good.test.ts", 'describe.skipIf(missing)("a", () => {})'],
    ["test/good.test.ts", "export const rest = Stream.skip(1)"],
    ["test/good.test.ts", "export const now = Date.now()"],
    ["test/good.test.ts", "export const result = Effect.runSync(effect)"],
    ["test/good.test.ts", "export const path = process.env"]
  ],
  "a configuration file exports by default": [["vitest.config.ts", "export default {}"]]
}
