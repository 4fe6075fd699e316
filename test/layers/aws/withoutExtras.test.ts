import { SESClient } from "@aws-sdk/client-ses"
import { SQSClient } from "@aws-sdk/client-sqs"
import { assert, describe, it } from "@effect/vitest"
import { withoutExtras } from "../../../src/layers/aws/withoutExtras.ts"

const options = {
  region: "us-east-1",
  credentials: { accessKeyId: "test", secretAccessKey: "test" }
}
const clients = [
  ["SES", () => new SESClient(options)],
  ["SQS", () => new SQSClient(options)]
] as const

/** The names of the steps around every call. */
const steps = (client: SESClient | SQSClient): ReadonlyArray<string> =>
  client.middlewareStack.identify().map((step) => step.replace(/[: ].*$/u, ""))

describe("a client without extras", () => {
  for (const [name, make] of clients)
    it(`leaves out three steps of the SDK for ${name}, and no other`, () => {
      const usual = steps(make())
      const left = steps(withoutExtras(make()))
      assert.sameMembers(
        usual.filter((step) => !left.includes(step)),
        ["loggerMiddleware", "getUserAgentMiddleware", "recursionDetectionMiddleware"]
      )
      assert.deepStrictEqual(
        left,
        usual.filter((step) => left.includes(step))
      )
    })
})
