// How operators start the command line where this process runs, for hints that name a command. A reference: by default
// the command of the package.
import { Context } from "effect"

/** Such as `npm run cli --`: a command follows it. */
export const CommandLine = Context.Reference<string>("services/runtime/CommandLine", {
  defaultValue: () => "order-processing"
})
