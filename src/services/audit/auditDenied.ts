// Records that a user was refused. A refusal changes nothing, so it can be had again without end.
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
