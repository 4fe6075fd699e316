// The response to a client that follows an order: a stream, the missing events of a settled order, or 204.
import { Effect } from "effect"
import type { ApiRequest } from "./ApiRequest.ts"
import { beginningOf, type Following, type OrderStreams } from "./orderStreams.ts"

const headers = {
  "Content-Type": "text/event-stream; charset=utf-8",
  // nginx would keep events back until it has some kilobytes of them.
  "X-Accel-Buffering": "no"
}

/** 204 where nothing more will come: browsers do not connect again then. */
export const answerOrderStream = Effect.fnUntraced(function* (
  streams: OrderStreams,
  request: ApiRequest,
  following: Following
) {
  const { progress, telling, next } = following
  if (progress.settled)
    return next < telling.nextAfter(progress)
      ? request.answer(beginningOf(following), 200, headers)
      : request.answer(null, 204)
  // Nothing reads the body of an answer to HEAD.
  if (request.hono.req.raw.method === "HEAD") return request.answer(null, 200, headers)
  return request.answer(yield* streams.open(following), 200, headers)
})
