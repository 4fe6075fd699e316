// Identifiers, each a separate type: a user's id can't be used as an order's id.
import { Schema } from "effect"

export const UserId = Schema.String.pipe(Schema.brand("UserId"))
export type UserId = typeof UserId.Type

export const SessionId = Schema.String.pipe(Schema.brand("SessionId"))
export type SessionId = typeof SessionId.Type

export const VerificationId = Schema.String.pipe(Schema.brand("VerificationId"))
export type VerificationId = typeof VerificationId.Type

export const OrderId = Schema.String.pipe(Schema.brand("OrderId"))
export type OrderId = typeof OrderId.Type

/** As it is shown: `K7QF-2M9X`, see orderNumber.ts. */
export const OrderNumber = Schema.String.pipe(Schema.brand("OrderNumber"))
export type OrderNumber = typeof OrderNumber.Type

/** Of a device that a person logged in with. */
export const DeviceId = Schema.String.pipe(Schema.brand("DeviceId"))
export type DeviceId = typeof DeviceId.Type

/** Of an audit event. */
export const EventId = Schema.String.pipe(Schema.brand("EventId"))
export type EventId = typeof EventId.Type
