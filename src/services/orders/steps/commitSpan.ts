// The span of a commit that several requests share. A span has one parent, so it is in the trace of the first sampled
// request, and links to all sampled ones.
import { Effect, Option } from "effect"
import { inSpan, linksTo, type SpanDescription } from "../../spans.ts"
import { isRecorded, recordedSpanOf } from "../../traceparent.ts"
import type { OrderDraft } from "../model/allocate.ts"

/** Runs a commit in its span; without one if none of its requests is sampled. */
export const inCommitSpan = <A, E, R>(
  commit: Effect.Effect<A, E, R>,
  drafts: ReadonlyArray<OrderDraft>,
  describe: () => SpanDescription
): Effect.Effect<A, E, R> =>
  Effect.suspend(() => {
    const recorded = drafts.filter(({ traceparent }) => isRecorded(traceparent))
    const requests = recorded.flatMap(({ traceparent }) =>
      Option.toArray(recordedSpanOf(traceparent))
    )
    const [parent] = requests
    return parent === undefined
      ? commit
      : inSpan(commit, { ...describe(), parent, links: linksTo(requests) })
  })
