// The text of a failed command: one sentence for each error without its own message.
import { Data } from "effect"
import type { SqsError } from "../../layers/aws/SqsClient.ts"
import type { MongoUnavailable } from "../../layers/mongo/MongoConnection.ts"
import { mongoVerdict } from "../../layers/mongo/mongoErrors.ts"
import type { AccessNotChangeable, UserNotFound } from "../../services/accounts/model/errors.ts"
import type { AccountStoreError } from "../../services/accounts/ports/AccountStore.ts"
import type { SessionStoreError } from "../../services/accounts/ports/SessionStore.ts"
import type { AuditLogError } from "../../services/audit/AuditLog.ts"
import type { IdempotencyMismatch } from "../../services/IdempotencyMismatch.ts"
import type {
  OrderNotAllowed,
  OrderNotCancellable,
  OrderNotFound,
  RangeRequired
} from "../../services/orders/model/errors.ts"
import type { DeadLettersError } from "../../services/orders/ports/DeadLetters.ts"
import type { OrderSearchError } from "../../services/orders/ports/OrderSearch.ts"
import type { OrderStoreError } from "../../services/orders/ports/OrderStore.ts"
import type { InsufficientStock, ProductNotFound } from "../../services/products/model/errors.ts"
import type { ProductStoreError } from "../../services/products/ports/ProductStore.ts"

/** The errors of commands that say nothing by themselves. */
export type Silent =
  | AccountStoreError
  | SessionStoreError
  | ProductStoreError
  | OrderStoreError
  | OrderSearchError
  | AuditLogError
  | MongoUnavailable
  | DeadLettersError
  | SqsError
  | UserNotFound
  | AccessNotChangeable
  | RangeRequired
  | OrderNotFound
  | OrderNotCancellable
  | OrderNotAllowed
  | ProductNotFound
  | InsufficientStock
  | IdempotencyMismatch

/** A command failed, and why. */
export class Failed extends Data.TaggedError("Failed")<{ readonly message: string }> {}

/** `called`: how the command line is called. */
const moreOf = (called: string) => `\`${called} doctor\` says more.`

/** MongoDB's own words quote documents, so its code has to do. */
const ofMongo = ({ cause }: { readonly cause: unknown }, called: string): string => {
  if (mongoVerdict(cause) !== "refusal")
    return `MongoDB does not answer: is it up, and does MONGO_URI lead to it? ${moreOf(called)}`
  const code = cause instanceof Error && "codeName" in cause ? ` (${cause.codeName})` : ""
  return `MongoDB refuses this${code}: the user of MONGO_URI lacks a right, or the server is not set up for it. ${moreOf(called)}`
}

const reasons = {
  unavailable: "SQS does not answer",
  throttled: "SQS asks for fewer calls, so try again later",
  denied: "SQS refuses this"
} as const

const ofQueue = ({ reason, cause }: Pick<SqsError, "reason" | "cause">, called: string): string => {
  const why = cause instanceof Error && cause.message !== "" ? `: ${cause.message}` : ""
  return `${reasons[reason]}${why}. ${moreOf(called)}`
}

const sentences: {
  readonly [T in Silent["_tag"]]: (
    error: Extract<Silent, { readonly _tag: T }>,
    called: string
  ) => string
} = {
  AccountStoreError: ofMongo,
  SessionStoreError: ofMongo,
  ProductStoreError: ofMongo,
  OrderStoreError: ofMongo,
  OrderSearchError: ofMongo,
  AuditLogError: ofMongo,
  MongoUnavailable: ofMongo,
  DeadLettersError: ofQueue,
  SqsError: ofQueue,
  UserNotFound: ({ id }) => `There is no user ${id}.`,
  AccessNotChangeable: ({ because }) =>
    because === "own"
      ? "This is your own account."
      : "No admin would be left whose account may be used: make another one first (admin grant).",
  RangeRequired: ({ maxDays }) =>
    `No index bounds these filters together: add --from, at most ${maxDays} days before --to (or before now).`,
  OrderNotFound: ({ id }) => `There is no order ${id}.`,
  OrderNotCancellable: ({ id, status }) => `The order ${id} is ${status}: it can't be cancelled.`,
  OrderNotAllowed: ({ id, status, confirmation, notice }) =>
    `The order ${id} does not allow it: it is ${status}, and its confirmation mail is ${confirmation}${
      notice === undefined ? "." : `; the mail about its end is ${notice}.`
    }`,
  ProductNotFound: ({ sku }) => `No product ${sku} is in the catalogue.`,
  InsufficientStock: ({ sku, available }) => `Of ${sku} only ${available} are in stock.`,
  IdempotencyMismatch: () => "The key was used for something else."
}

const isSilent = (error: { readonly _tag: string }): error is Silent =>
  Object.hasOwn(sentences, error._tag)

/** Such an error with its sentence, for who called the command line as `called`; any other as it is. */
export const spoken = <E extends { readonly _tag: string }>(
  error: E,
  called: string
): Exclude<E, Silent> | Failed => {
  if (isSilent(error)) {
    // One sentence takes exactly the error of its tag; the compiler can't see that for a union of tags.
    const sentenceOf = sentences[error._tag] as (silent: Silent, called: string) => string
    return new Failed({ message: sentenceOf(error, called) })
  }
  // All errors that are not silent have a sentence.
  return error as Exclude<E, Silent>
}
