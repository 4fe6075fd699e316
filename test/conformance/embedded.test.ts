// The suite against the API in this process.
import { embedded } from "./embedded.ts"
import { conformance } from "./suite.ts"

conformance("the API on embedded layers", embedded, { settles: true })
