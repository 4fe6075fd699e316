// Why a request may not do what it asks, as far as that is decided at the edge.
import { Data } from "effect"

/** No bearer token. */
export class Unauthorized extends Data.TaggedError("Unauthorized")<Record<never, never>> {}

/** For another role than the caller's. */
export class Forbidden extends Data.TaggedError("Forbidden")<Record<never, never>> {}
