import { layer } from "../../examples/SqliteAuditLog.ts"
import { auditLogContract } from "../contract/auditLog.ts"

auditLogContract("the example of a store", layer({ file: ":memory:" }))
