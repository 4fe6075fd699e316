// Records that a user was refused, up to a limit, since a user can repeat a refused call without end.
import { Effect, Option } from "effect"
import type { Principal } from "../Principal.ts"
import type { Subject } from "./AuditEvent.ts"
import { auditBounded } from "./auditBounded.ts"
import { Origin } from "./Origin.ts"

export const auditDenied = Effect.fnUntraced(function* ({ userId }: Principal, subject: Subject) {
  const { client } = yield* Origin
  const ofClient = Option.map(client, (address) => ["deniedClient", address] as const)
  const limits = [["deniedUser", userId] as const, ...Option.toArray(ofClient)]
  yield* auditBounded(limits, { kind: "access_denied", subject })
})
