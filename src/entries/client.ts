// `order-processing/client`: the client of the API, for every host that has `fetch`. It imports nothing at run time.
export { type Client, type ClientOptions, createClient } from "../client/client.ts"
export {
  ConnectionError,
  isProblem,
  type Problem,
  ProblemError,
  UnexpectedAnswer
} from "../client/errors.ts"
export type { EventsOptions, OrderEvent } from "../client/events.ts"
export type {
  Answer,
  Input,
  OperationId,
  Order,
  OrderStatus,
  PendingVerification,
  Product,
  Session,
  TimelineEntry,
  User
} from "../client/operations.ts"
export { items, pages } from "../client/paging.ts"
export type { CallOptions } from "../client/send.ts"
export { inMemory, type Kept, type Store } from "../client/session.ts"
