// `order-processing/layers/runtime`: layers without an external service: batches of orders, background work, readiness,
// restrictions.
export * as DirectBatcher from "../../layers/runtime/DirectBatcher.ts"
export * as FiberBackground from "../../layers/runtime/FiberBackground.ts"
export * as GroupCommitBatcher from "../../layers/runtime/GroupCommitBatcher.ts"
export * as RestrictedSms from "../../layers/runtime/RestrictedSms.ts"
export * as SettledClientLimit from "../../layers/runtime/SettledClientLimit.ts"
export * as TimedReadiness from "../../layers/runtime/TimedReadiness.ts"
export * as UnheardOrderChanges from "../../layers/runtime/UnheardOrderChanges.ts"
export * as WaitUntilBackground from "../../layers/runtime/WaitUntilBackground.ts"
