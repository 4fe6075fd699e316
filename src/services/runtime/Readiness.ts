// Port: the state of each dependency that this process needs, by name.
import { Context, type Effect, type Option } from "effect"

export interface DependencyCheck {
  readonly name: "mongo" | "redis" | "sqs" | "ses"
  /** Whether the process cannot serve without it. */
  readonly required: boolean
  /** A short, secret-free sentence where it is not ready. Answers within 2 s; the answer may be 1 s old. */
  readonly problem: Effect.Effect<Option.Option<string>>
}

export class Readiness extends Context.Service<
  Readiness,
  {
    readonly checks: ReadonlyArray<DependencyCheck>
    /** Whether shutdown has begun: the process then finishes what it has and takes nothing new. */
    readonly draining: Effect.Effect<boolean>
    readonly startDraining: Effect.Effect<void>
  }
>()("services/runtime/Readiness") {}
