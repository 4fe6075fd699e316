// `npm run docs`: writes the tables of endpoints, errors, variables and commands into the documents, and .env.example,
// from the code that defines them.
import { writeFileSync } from "node:fs"
import { runCommand } from "../harness/command.ts"
import { generated } from "./generated.ts"

await runCommand({
  usage: "Usage: npm run docs",
  read: (args) => {
    if (args.length > 0) throw new Error("npm run docs takes nothing.")
  },
  main: async () => {
    for (const { name, path, found, expected } of generated()) {
      if (found === expected) continue
      writeFileSync(path, expected)
      process.stdout.write(`written: ${name}\n`)
    }
    return 0
  }
})
