// The suite on every runtime, and on live layers where the runtime has them: what `npm run portability` runs. The title of
// each is `RUNTIME, embedded` or `RUNTIME, live`.
import { beforeAll, describe } from "vitest"
import { withDatabase } from "../../tools/harness/mongo.ts"
import { runtimeNames } from "../../tools/harness/obtain/runtimes.ts"
import { createQueues } from "../../tools/harness/queues.ts"
import { type Runtime, thisNode } from "../../tools/harness/runtimes.ts"
import { embedded } from "../conformance/embedded.ts"
import { lambda, lambdaGaps } from "../conformance/lambda.ts"
import { type LiveServices, liveDependencies } from "../conformance/liveDependencies.ts"
import { conformance } from "../conformance/suite.ts"
import { workerd } from "../conformance/workerd.ts"
import { describeWith, describeWithRuntime } from "../suite.ts"
import { buildHost, onRuntime } from "./host.ts"

const file = await buildHost()

const withServices = (title: string, body: (services: () => Promise<LiveServices>) => void) =>
  describeWith(["mongo", "redis", "sqs"], title, ({ mongo, redis, sqs }) =>
    body(async () => ({
      mongoUri: withDatabase(mongo.uri),
      redis,
      sqsEndpoint: sqs.endpoint,
      queues: await createQueues(sqs.endpoint)
    }))
  )

const onBoth = (runtime: Runtime) => {
  conformance(`${runtime.title}, embedded`, onRuntime(runtime, file), { settles: true })
  withServices("on real services", (services) =>
    conformance(`${runtime.title}, live`, onRuntime(runtime, file, services), { settles: true })
  )
}

for (const name of runtimeNames) await describeWithRuntime(name, name, onBoth)
describe("Node", () => onBoth(thisNode))

conformance("workerd, embedded", workerd, { settles: false })

conformance("AWS Lambda, embedded", lambda(embedded), { settles: true, gaps: lambdaGaps })
withServices("on real services", (services) => {
  let dependencies: ReturnType<typeof liveDependencies>
  beforeAll(async () => {
    dependencies = liveDependencies(await services())
  })
  conformance(
    "AWS Lambda, live",
    lambda(() => embedded({ dependencies })),
    {
      settles: true,
      gaps: lambdaGaps
    }
  )
})
