// The limit of an order on its way to its mail, from the queue on: mailing.ts until SIGTERM.
import { readSettings } from "../settings.ts"
import { untilSignal } from "../untilSignal.ts"
import { mailUntil } from "./mailing.ts"

const stopped = new AbortController()
void untilSignal().then(() => stopped.abort())
await mailUntil(stopped.signal, readSettings(), () => undefined)
