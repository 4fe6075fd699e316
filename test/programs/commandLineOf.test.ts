// How hints name the command line, by where a program was started.
import { assert, it } from "@effect/vitest"
import { commandLineOf } from "../../src/programs/commandLineOf.ts"

it.each([
  ["a checkout", "/home/ada/shop/src/programs/cli.ts", "npm run cli --"],
  ["a checkout's API", "/home/ada/shop/src/programs/dev.ts", "npm run cli --"],
  [
    "the package's command",
    "/home/ada/shop/node_modules/.bin/order-processing",
    "order-processing"
  ],
  [
    "an installed file",
    "/home/ada/shop/node_modules/order-processing/dist/programs/cli.js",
    "order-processing"
  ],
  ["a global command", "/usr/local/bin/order-processing", "order-processing"],
  ["an image", "/home/ada/shop/dist/programs/cli.js", "node dist/programs/cli.js"],
  ["an image's API", "/home/ada/shop/dist/programs/api.js", "node dist/programs/cli.js"],
  ["another folder", "/app/dist/programs/cli.js", "node /app/dist/programs/cli.js"]
])("names the command line as it is called in %s", (_, script, called) => {
  assert.strictEqual(commandLineOf(script, "/home/ada/shop"), called)
})
