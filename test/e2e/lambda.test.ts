// The functions of AWS Lambda as built, on real services: events as API Gateway, SQS and EventBridge send them.
import { afterAll, beforeAll, expect, it } from "vitest"
import { type LambdaFunctions, pollForLambda, startLambda } from "../../tools/harness/lambda.ts"
import { depthOf, sendBatch, testSqsClient } from "../../tools/harness/queues.ts"
import { codeIn } from "../../tools/harness/setUp.ts"
import { type System, startSystem } from "../../tools/harness/system.ts"
import { until } from "../../tools/harness/until.ts"
import { describeWith } from "../suite.ts"

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html */
const httpEvent = (method: string, path: string, body?: unknown, token?: string) => ({
  version: "2.0",
  routeKey: "$default",
  rawPath: path,
  rawQueryString: "",
  headers: {
    "content-type": "application/json",
    host: "example.execute-api.us-east-1.amazonaws.com",
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` })
  },
  requestContext: {
    accountId: "123456789012",
    apiId: "example",
    domainName: "example.execute-api.us-east-1.amazonaws.com",
    domainPrefix: "example",
    http: { method, path, protocol: "HTTP/1.1", sourceIp: "192.0.2.1", userAgent: "agent" },
    requestId: "id",
    routeKey: "$default",
    stage: "$default",
    time: "12/Mar/2026:19:03:58 +0000",
    timeEpoch: 1_773_342_238_000
  },
  ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  isBase64Encoded: false
})

/** https://docs.aws.amazon.com/lambda/latest/dg/with-eventbridge-scheduler.html */
const scheduled = {
  version: "0",
  id: "53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa",
  "detail-type": "Scheduled Event",
  source: "aws.events",
  account: "123456789012",
  time: "2026-03-12T19:04:00Z",
  region: "us-east-1",
  resources: ["arn:aws:events:us-east-1:123456789012:rule/mails"],
  detail: {}
}

describeWith(["mongo", "sqs", "ses"], "AWS Lambda", (services) => {
  const sqs = testSqsClient(services.sqs.endpoint)
  let system: System
  let functions: LambdaFunctions
  let queueUrl: string
  beforeAll(async () => {
    system = await startSystem(services)
    queueUrl = system.env["AWS_SQS_QUEUE_URL"] ?? ""
    functions = startLambda(system.env)
  })
  afterAll(async () => {
    await functions?.stop()
    await system?.stop()
    sqs.destroy()
  })

  const call = async (method: string, path: string, body?: unknown, token?: string) => {
    const event = httpEvent(method, path, body, token)
    const answer = (await functions.invoke("api", event)) as {
      readonly statusCode: number
      readonly headers: Readonly<Record<string, string>>
      readonly body: string
    }
    return { ...answer, json: answer.body === "" ? null : JSON.parse(answer.body) }
  }

  it("carries an order from its request through its message and the schedule to its mail", async () => {
    const email = `buyer-${crypto.randomUUID()}@example.com`
    const password = "correct horse battery staple"
    const registered = await call("POST", "/api/auth/register", { email, password })
    expect(registered.statusCode, registered.body).toBe(202)
    // The mail is out before the answer: nothing of a function goes on after it.
    const [mail] = await system.mails.inbox({ to: email })
    const { verificationId } = registered.json
    const code = { verificationId, otp: codeIn(mail?.text) }
    expect((await call("POST", "/api/auth/verify-otp", code)).statusCode).toBe(200)
    const { accessToken } = (await call("POST", "/api/auth/login", { email, password })).json
    await system.cli("seed")
    const items = [{ sku: "coffee-1kg", quantity: 1 }]
    const placed = await call("POST", "/api/orders", { items }, accessToken)
    expect([placed.statusCode, placed.json?.status]).toEqual([201, "pending"])
    // Its answers go out as a whole, which an event stream is not.
    const events = await call("GET", `/api/orders/${placed.json.id}/events`, undefined, accessToken)
    expect([events.statusCode, events.json.code]).toEqual([503, "unavailable"])
    // Its message is there already too; a message that can't be decoded comes with it.
    await sendBatch(sqs, queueUrl, ["not an order"])
    expect(await pollForLambda(sqs, queueUrl, functions)).toEqual({ received: 2, kept: [] })
    expect(await depthOf(sqs, queueUrl)).toBe(0)
    expect(await depthOf(sqs, system.env["AWS_SQS_DLQ_URL"] ?? "")).toBe(1)
    const read = () => call("GET", `/api/orders/${placed.json.id}`, undefined, accessToken)
    expect((await read()).json.status).toBe("confirmed")
    const sent = await until(
      "mailed by a round of the schedule",
      async () => {
        await functions.invoke("mails", scheduled, 40_000)
        return read()
      },
      ({ json }) => json.confirmation.state === "sent",
      90_000
    )
    expect(sent.headers["x-cache"]).toBe("hit")
    const mails = await system.mails.inbox({ to: email, atLeast: 2 })
    expect(mails.filter(({ text }) => text?.includes(placed.json.number))).toHaveLength(1)
  }, 150_000)

  it("keeps only the message of an unknown order", async () => {
    const orderId = "0".repeat(32)
    await sendBatch(sqs, queueUrl, [JSON.stringify({ v: 1, type: "order.placed", orderId })])
    const { received, kept } = await pollForLambda(sqs, queueUrl, functions)
    expect([received, kept.length]).toEqual([1, 1])
    expect(await depthOf(sqs, queueUrl)).toBe(1)
  }, 60_000)
})
