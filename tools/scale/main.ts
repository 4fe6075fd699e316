// `npm run scale -- NAME`: what the system takes to hold a large number of something, on real services.
import { runCommand } from "../harness/command.ts"
import { consolePages } from "./console/command.ts"
import { orders } from "./orders/command.ts"
import { streams } from "./streams/command.ts"

const commands: Readonly<Record<string, () => Promise<void>>> = {
  console: () => runCommand(consolePages),
  orders: () => runCommand(orders),
  streams: () => runCommand(streams)
}

// The command's own arguments follow its name.
const [name = ""] = process.argv.splice(2, 1)
const command = commands[name]
if (command === undefined) {
  process.stderr.write(`Usage: npm run scale -- ${Object.keys(commands).join(" | ")} [--help]\n`)
  process.exitCode = 2
} else await command()
