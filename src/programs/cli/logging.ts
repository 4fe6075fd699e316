// The command line's own log: on standard error, since standard output has the command's result.
import * as Logging from "../../layers/node/Logging.ts"
import type { CliConfig } from "../config/config.ts"
import { version } from "../version.ts"

export const logging = (logs: CliConfig["logs"]) =>
  Logging.layer({ ...logs, service: "cli", version, stream: "stderr" })
