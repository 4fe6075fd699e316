// Each service of the tests answers for real, and fails as it is told to.

import { spawn } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import { text } from "node:stream/consumers"
import { SESClient, SendEmailCommand } from "@aws-sdk/client-ses"
import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  type SQSClient
} from "@aws-sdk/client-sqs"
import { Redis } from "ioredis"
import { mongo as driver } from "mongoose"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { isRunning } from "../../../tools/harness/kept.ts"
import { startMongo, startStandaloneMongo, withDatabase } from "../../../tools/harness/mongo.ts"
import {
  awsTestAccess,
  createQueues,
  type SqsAddress,
  testSqsClient
} from "../../../tools/harness/queues.ts"
import { startRedis } from "../../../tools/harness/redis.ts"
import { startSes } from "../../../tools/harness/ses.ts"
import { type SesFault, sesControl } from "../../../tools/harness/ses-control.ts"
import {
  internalError,
  startTwilio,
  type TwilioStub,
  tooManyRequests
} from "../../../tools/harness/twilio.ts"
import { describeWith } from "../../suite.ts"

describeWith(["mongo"], "MongoDB", ({ mongo }) => {
  it("commits a transaction", () =>
    using(withDatabase(mongo.uri), async (client) => {
      const orders = client.db().collection("orders")
      await client.withSession((session) =>
        session.withTransaction(async () => {
          await orders.insertOne({ sku: "tea" }, { session })
          await orders.insertOne({ sku: "pot" }, { session })
        })
      )
      expect(await orders.countDocuments()).toBe(2)
    }))

  it("ends a transaction that is left open after 5 s, not 60", () =>
    using(mongo.uri, async (client) => {
      const parameter = { getParameter: 1, transactionLifetimeLimitSeconds: 1 }
      const answer = await client.db("admin").command(parameter)
      expect(answer["transactionLifetimeLimitSeconds"]).toBe(5)
    }))

  it.concurrent("keeps what was committed when its process is killed", async () => {
    const own = await startMongo()
    try {
      await using(withDatabase(own.address.uri, "kept"), async (client) => {
        const orders = client.db().collection("orders")
        await orders.insertOne({ sku: "tea" }, { writeConcern: { w: "majority", j: true } })
        for (const node of own.nodes) {
          await node.crash()
          await node.restart()
        }
        expect(await orders.countDocuments()).toBe(1)
      })
    } finally {
      await own.stop()
    }
  })

  it.concurrent("runs three nodes, and elects another when the primary dies", async ({
    expect
  }) => {
    const own = await startMongo({ nodes: 3 })
    try {
      await using(own.address.uri, async (client) => {
        const admin = client.db("admin")
        const primary = async () =>
          (await admin.command({ hello: 1 }, { readPreference: "primary" }))["primary"]
        const first = await primary()
        await own.nodes.find((node) => first === `127.0.0.1:${node.port}`)?.crash()
        await expect.poll(primary, { timeout: 20_000 }).not.toBe(first)
        const orders = client.db("kept").collection("orders")
        await orders.insertOne({ sku: "tea" }, { writeConcern: { w: "majority" } })
      })
    } finally {
      await own.stop()
    }
  })

  it.concurrent("refuses a transaction when it is standalone", async () => {
    const own = await startStandaloneMongo()
    try {
      await using(own.address.uri, async (client) => {
        const transaction = client.withSession((session) =>
          session.withTransaction(() => client.db().collection("orders").insertOne({}, { session }))
        )
        await expect(transaction).rejects.toThrow("does not support")
      })
    } finally {
      await own.stop()
    }
  })
})

describeWith(["redis"], "Redis", ({ redis }) => {
  it("answers a ping", async () => {
    const client = new Redis(redis)
    try {
      expect(await client.ping()).toBe("PONG")
    } finally {
      client.disconnect()
    }
  })

  it("asks for its password, is silent when frozen, and comes back after a crash", async () => {
    const own = await startRedis({ password: "secret" })
    const client = new Redis({ ...own.address, commandTimeout: 100, retryStrategy: () => 10 })
    const stranger = new Redis({ ...own.address, password: "", lazyConnect: true })
    // Lost connections are the point here; ioredis reports them apart from the commands they fail.
    client.on("error", () => undefined)
    stranger.on("error", () => undefined)
    try {
      expect(await client.ping()).toBe("PONG")
      await expect(stranger.ping()).rejects.toThrow("NOAUTH")
      own.node.freeze()
      await expect(client.ping()).rejects.toThrow("timed out")
      own.node.thaw()
      await own.node.crash()
      await own.node.restart()
      await expect.poll(() => client.ping()).toBe("PONG")
    } finally {
      client.disconnect()
      stranger.disconnect()
      await own.stop()
    }
  })
})

describeWith(["sqs"], "fauxqs", ({ sqs }) => {
  it("hides a message while it is handled, and forgets it once deleted", async () => {
    const { client, queueUrl } = await freshQueues(sqs, { visibilitySeconds: 60 })
    await client.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: "tea" }))
    const [first] = await receive(client, queueUrl)
    expect(first?.Body).toBe("tea")
    expect(await receive(client, queueUrl)).toEqual([])
    const back = { QueueUrl: queueUrl, ReceiptHandle: first?.ReceiptHandle, VisibilityTimeout: 0 }
    await client.send(new ChangeMessageVisibilityCommand(back))
    const [again] = await receive(client, queueUrl, 5)
    expect(again?.MessageId).toBe(first?.MessageId)
    const done = { QueueUrl: queueUrl, ReceiptHandle: again?.ReceiptHandle }
    await client.send(new DeleteMessageCommand(done))
    expect(await held(client, queueUrl)).toEqual({ visible: "0", hidden: "0" })
  })

  it("moves a message that was received too often to the dead-letter queue", async () => {
    const options = { visibilitySeconds: 0, maxReceiveCount: 2 }
    const { client, queueUrl, dlqUrl } = await freshQueues(sqs, options)
    await client.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: "tea" }))
    expect(await receive(client, queueUrl, 1)).toHaveLength(1)
    expect(await receive(client, queueUrl, 1)).toHaveLength(1)
    expect(await receive(client, queueUrl)).toEqual([])
    const [dead] = await receive(client, dlqUrl, 1)
    expect(dead?.Body).toBe("tea")
  })
})

describeWith(["ses"], "SES", ({ ses }) => {
  const control = sesControl(ses.endpoint)
  const client = sesClient(ses.endpoint)
  const send = (to: string, abortSignal?: AbortSignal) =>
    client.send(mail(to), abortSignal && { abortSignal })

  it("delivers into the inbox", async () => {
    const to = recipient()
    const waiting = control.inbox({ to, atLeast: 1 })
    const { MessageId } = await send(to)
    expect(await waiting).toMatchObject([
      {
        id: MessageId,
        from: "shop@example.com",
        to: [to],
        subject: "Order confirmed",
        text: "Thank you — 12 €",
        html: "<p>Thank you</p>"
      }
    ])
  })

  it("says which mails are missing", async () => {
    const to = recipient()
    await send(to)
    const waiting = control.inbox({ to, atLeast: 2, withinMs: 50 })
    await expect(waiting).rejects.toThrow("but: Order confirmed")
  })

  it("takes a mail later where it is distant", async () => {
    const to = recipient()
    await control.inject({ fault: "distant", to, times: 5 })
    const times: Array<number> = []
    for (let i = 0; i < 5; i++) {
      const began = performance.now()
      await send(to)
      times.push(performance.now() - began)
    }
    expect(Math.min(...times)).toBeGreaterThan(29)
    expect(await control.inbox({ to })).toHaveLength(5)
  })

  const answers: ReadonlyArray<[SesFault, { name: string; status?: number; mails: number }]> = [
    ["throttling", { name: "Throttling", status: 400, mails: 0 }],
    ["rejected", { name: "MessageRejected", status: 400, mails: 0 }],
    ["error500", { name: "InternalFailure", status: 500, mails: 0 }],
    ["reset", { name: "TimeoutError", mails: 0 }],
    ["deliver-then-reset", { name: "TimeoutError", mails: 1 }]
  ]
  it.each(answers)("fails one call with %s, and the next goes through", async (fault, expected) => {
    const to = recipient()
    await control.inject({ fault, to })
    const error = await send(to).catch((error: unknown) => error)
    expect(error).toMatchObject({ name: expected.name })
    if (expected.status === undefined) expect(error).toMatchObject({ code: "ECONNRESET" })
    else expect(error).toMatchObject({ $metadata: { httpStatusCode: expected.status } })
    expect(await control.inbox({ to })).toHaveLength(expected.mails)
    await send(to)
    expect(await control.calls(to)).toEqual([
      { to: [to], outcome: fault },
      { to: [to], outcome: "delivered" }
    ])
  })

  it("never answers a call that hangs, and spares other recipients", async () => {
    const [to, other] = [recipient(), recipient()]
    await control.inject({ fault: "hang", to, times: "all" })
    await expect(send(to, AbortSignal.timeout(100))).rejects.toMatchObject({ name: "AbortError" })
    await send(other)
    expect(await control.inbox({ to })).toEqual([])
  })

  it("heals every fault except the kept ones", async () => {
    const own = await startSes()
    try {
      const ownControl = sesControl(own.address.endpoint)
      const ownClient = sesClient(own.address.endpoint)
      const [refused, other] = [recipient(), recipient()]
      await ownControl.inject({ fault: "throttling", times: "all" })
      await ownControl.heal([{ fault: "rejected", times: "all", to: refused }])
      await ownClient.send(mail(other))
      await expect(ownClient.send(mail(refused))).rejects.toThrow("blacklisted")
      await ownControl.heal()
      await ownClient.send(mail(refused))
    } finally {
      await own.stop()
    }
  })

  it("forgets everything when cleared, and drops the calls that hang", async () => {
    const own = await startSes()
    try {
      const ownControl = sesControl(own.address.endpoint)
      const ownClient = sesClient(own.address.endpoint)
      const to = recipient()
      await ownClient.send(mail(to))
      await ownControl.inject({ fault: "hang", times: "all" })
      const hanging = ownClient.send(mail(to)).catch((error: unknown) => error)
      await expect.poll(() => ownControl.calls(to)).toHaveLength(2)
      await ownControl.clear()
      expect(await hanging).toMatchObject({ code: "ECONNRESET" })
      await ownClient.send(mail(to))
      expect(await ownControl.inbox()).toHaveLength(1)
      expect(await ownControl.calls()).toEqual([{ to: [to], outcome: "delivered" }])
    } finally {
      await own.stop()
    }
  })
})

describeWith(["redis"], "a service that is not stopped", () => {
  const program = join(import.meta.dirname, "../../../tools/harness/redis.ts")
  const start = `import(${JSON.stringify(program)}).then(async ({ startRedis }) => {
    const { node } = await startRedis()
    console.log(node.pid())`

  it("ends with its user", async () => {
    const user = spawn(process.execPath, ["--eval", `${start}})`])
    const pid = Number(await text(user.stdout))
    expect(pid).toBeGreaterThan(0)
    await expect.poll(() => isRunning(pid)).toBe(false)
  })

  it("ends with its user when that is killed", async () => {
    const user = spawn(process.execPath, ["--eval", `${start}; setInterval(() => 0, 1000)})`])
    const [pid] = await once(user.stdout, "data")
    expect(isRunning(Number(pid))).toBe(true)
    user.kill("SIGKILL")
    await expect.poll(() => isRunning(Number(pid))).toBe(false)
  })
})

describe("Twilio", () => {
  let twilio: TwilioStub
  beforeAll(async () => {
    twilio = await startTwilio()
  })
  afterAll(() => twilio.stop())

  interface Sender {
    readonly user?: string
    readonly password?: string
    readonly signal?: AbortSignal
  }
  const send = (to: string, { user, password, signal }: Sender = {}) =>
    fetch(`${twilio.baseUrl}/2010-04-01/Accounts/${twilio.accountSid}/Messages.json`, {
      method: "POST",
      headers: {
        authorization: `Basic ${btoa(`${user ?? twilio.apiKeySid}:${password ?? twilio.apiKeySecret}`)}`
      },
      signal: signal ?? null,
      body: new URLSearchParams({ To: to, From: "+15005550006", Body: "Your code is 123456" })
    })

  it("accepts a message with the key's secret or the account's token, and stores it", async () => {
    const byKey = await send("+4915112345678")
    const byAccount = await send("+4915112345679", {
      user: twilio.accountSid,
      password: twilio.authToken
    })
    expect([byKey.status, byAccount.status]).toEqual([201, 201])
    const { sid } = await byKey.json()
    const message = { sid, from: "+15005550006", body: "Your code is 123456" }
    expect(twilio.messages()[0]).toEqual({ ...message, to: "+4915112345678" })
  })

  it("refuses with Twilio's error texts", async () => {
    const asked = twilio.messages().length
    const invalid = await send("0151 12345678")
    expect(invalid.status).toBe(400)
    expect(await invalid.json()).toMatchObject({ code: 21211, status: 400 })
    const stranger = await send("+4915112345678", { password: twilio.authToken })
    expect(stranger.status).toBe(401)
    expect(await stranger.json()).toMatchObject({ code: 20003 })
    const account = await send("+4915112345678", { user: twilio.accountSid })
    expect([account.status, (await account.json()).code]).toEqual([401, 20003])
    expect(twilio.messages()).toHaveLength(asked)
  })

  it("fails for the given number of calls", async () => {
    twilio.inject(tooManyRequests)
    twilio.inject(internalError)
    const [busy, broken] = [await send("+4915112345678"), await send("+4915112345678")]
    expect([busy.status, broken.status]).toEqual([429, 500])
    expect(await busy.json()).toMatchObject({ code: 20429 })
    expect((await send("+4915112345678")).status).toBe(201)
  })

  it("never answers a call that hangs", async () => {
    twilio.inject("hang")
    const hanging = send("+4915112345678", { signal: AbortSignal.timeout(100) })
    await expect(hanging).rejects.toMatchObject({ name: "TimeoutError" })
  })
})

async function using(
  uri: string,
  body: (client: driver.MongoClient) => Promise<void>
): Promise<void> {
  const client = new driver.MongoClient(uri)
  try {
    await body(client)
  } finally {
    await client.close()
  }
}

async function freshQueues(
  { endpoint }: SqsAddress,
  options: { visibilitySeconds: number; maxReceiveCount?: number }
): Promise<SqsAddress & { client: SQSClient }> {
  return { client: testSqsClient(endpoint), ...(await createQueues(endpoint, options)) }
}

async function receive(client: SQSClient, queueUrl: string, waitSeconds = 0) {
  const command = new ReceiveMessageCommand({ QueueUrl: queueUrl, WaitTimeSeconds: waitSeconds })
  return (await client.send(command)).Messages ?? []
}

async function held(client: SQSClient, queueUrl: string) {
  const visible = "ApproximateNumberOfMessages"
  const hidden = "ApproximateNumberOfMessagesNotVisible"
  const { Attributes } = await client.send(
    new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: [visible, hidden] })
  )
  return { visible: Attributes?.[visible], hidden: Attributes?.[hidden] }
}

function sesClient(endpoint: string): SESClient {
  return new SESClient({ endpoint, ...awsTestAccess, maxAttempts: 1 })
}

function mail(to: string): SendEmailCommand {
  return new SendEmailCommand({
    Source: "shop@example.com",
    Destination: { ToAddresses: [to] },
    Message: {
      Subject: { Data: "Order confirmed" },
      Body: { Text: { Data: "Thank you — 12 €" }, Html: { Data: "<p>Thank you</p>" } }
    }
  })
}

function recipient(): string {
  return `${crypto.randomUUID()}@example.com`
}
