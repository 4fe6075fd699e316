// `order-processing/testing`: the system in one process, for tests of code that is built on it. `startSystem` runs API
// and worker in memory with a client, a mailbox and a clock; `ports` are only the ports, for use cases; `intercept`,
// `outageOf`, `wrapPort` and `fixedJitter` add faults, recordings and fixed delays.
export { fixedJitter } from "../testing/fixedJitter.ts"
export { intercept } from "../testing/intercept.ts"
export { outageOf } from "../testing/outage.ts"
export { type Ports, ports } from "../testing/ports.ts"
export { type SystemOptions, startSystem, type TestSystem } from "../testing/startSystem.ts"
export { type Call, wrapPort } from "../testing/wrapPort.ts"
