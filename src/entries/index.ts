// `order-processing`: the system over ports. `createApp` is the API as a fetch handler for any host, `worker` is the
// worker as a layer, `listen` serves a fetch handler on Node. Which layers implement the ports is the program's choice.
export { type AppOptions, createApp, type Extension } from "../api/app.ts"
export type { TrustProxy } from "../api/clientAddress.ts"
export type { ApiRuntime, AppServices } from "../api/context.ts"
export * as fields from "../api/contract/fields.ts"
export { named, type Operation } from "../api/contract/operation.ts"
export type { Call, Serve } from "../api/serve.ts"
export { listen } from "../http/NodeServer.ts"
export { type ProblemCode, problems } from "../http/problems.ts"
export { version } from "../programs/version.ts"
export { type WorkerOptions, worker } from "../worker/Worker.ts"
