// The suite against the API on workerd.
import { conformance } from "./suite.ts"
import { workerd } from "./workerd.ts"

conformance("the API on workerd", workerd, { settles: false })
