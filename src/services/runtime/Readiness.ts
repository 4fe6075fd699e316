// Port: the state of each dependency that this process needs, by name.
import { Context, type Effect, type Option } from "effect"

export interface DependencyCheck {
  readonly name: "mongo" | "redis" | "sqs" | "ses"
  /** Whether the process cannot serve without it. */
  readonly required: boolean
  /** A short sentence without secrets if it is not ready. Returns within 2 s; the result may be 1 s old. */
  readonly problem: Effect.Effect<Option.Option<string>>
}

export class Readiness extends Context.Service<
  Readiness,
  {
    readonly checks: ReadonlyArray<DependencyCheck>
    /** Whether shutdown has begun: the process then finishes its work and accepts nothing new. */
    readonly draining: Effect.Effect<boolean>
    readonly startDraining: Effect.Effect<void>
  }
>()("services/runtime/Readiness") {}
