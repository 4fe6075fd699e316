// The reasons why the API refuses a caller before the use case runs.
import { Data } from "effect"

/** No bearer token. */
export class Unauthorized extends Data.TaggedError("Unauthorized")<Record<never, never>> {}

/** For another role than the caller's. */
export class Forbidden extends Data.TaggedError("Forbidden")<Record<never, never>> {}
