import { assert, it } from "@effect/vitest"
import { Effect, Option } from "effect"
import { layer } from "../../../src/layers/memory/MemoryAuditLog.ts"
import { AuditLog } from "../../../src/services/audit/AuditLog.ts"
import { EventId } from "../../../src/services/ids.ts"
import { auditLogContract } from "../../contract/auditLog.ts"

auditLogContract("MemoryAuditLog", layer())

it.effect("a full log forgets the oldest events", () =>
  Effect.gen(function* () {
    const log = yield* AuditLog
    for (const id of ["1", "2", "3", "4"])
      yield* log.append({
        id: EventId.make(id),
        at: new Date(0),
        kind: "logged_out",
        outcome: "success",
        actor: Option.none(),
        subject: {},
        details: {},
        client: Option.none(),
        requestId: Option.none()
      })
    const all = { kind: Option.none(), userId: Option.none(), before: Option.none(), limit: 10 }
    const kept = yield* log.list(all)
    assert.deepStrictEqual(
      kept.map(({ id }) => id),
      ["4", "3"]
    )
  }).pipe(Effect.provide(layer({ capacity: 2 })))
)
