// What the queue does to messages: it delivers them again and in disorder, loses them, carries nonsense.
import { PurgeQueueCommand, ReceiveMessageCommand } from "@aws-sdk/client-sqs"
import { OrderId } from "../../../src/services/ids.ts"
import { placedMessage } from "../../../src/services/orders/steps/announce.ts"
import { chunks } from "../../harness/chunks.ts"
import { messagesPerCall, sendBatch } from "../../harness/queues.ts"
import type { Scenario } from "../scenario.ts"
import type { Stage } from "../stage.ts"
import { pause, rounds } from "./rounds.ts"

async function send({ clients, queues }: Stage, bodies: ReadonlyArray<string>): Promise<void> {
  for (const batch of chunks(bodies, messagesPerCall))
    await sendBatch(clients.sqs, queues.queueUrl, batch)
}

/** Two copies in addition to the message that the API sends itself. */
const copies = 2

export const duplicates: Scenario = {
  name: "duplicates",
  about: "every message is delivered three times, shuffled, some long after the first",
  run: async (stage) => {
    const { orders, random } = stage
    const known = new Set<string>()
    let waiting: ReadonlyArray<string> = []
    const collect = async (): Promise<void> => {
      for (const { _id } of await orders.find({}, { projection: { _id: 1 } }).toArray()) {
        if (known.has(_id)) continue
        known.add(_id)
        waiting = [
          ...waiting,
          ...Array.from({ length: copies }, () => placedMessage(OrderId.make(_id), "").body)
        ]
      }
    }
    await rounds(stage, async () => {
      await collect()
      const shuffled = random.shuffle(waiting)
      const half = Math.ceil(shuffled.length / 2)
      await send(stage, shuffled.slice(0, half))
      waiting = shuffled.slice(half)
      await pause(stage, 0.1, 0.4)
    })
    await collect()
    await send(stage, random.shuffle(waiting))
  }
}

/** Workers take messages within milliseconds, so a message can be lost only while no worker runs. */
export const purged: Scenario = {
  name: "queue-purged",
  about: "the queue loses all its messages, after a while without workers",
  run: async (stage) => {
    const { fleet, clients, queues } = stage
    const workers = fleet.up("worker")
    await Promise.all(workers.map(fleet.drain))
    await rounds(stage, async () => {
      await pause(stage, 1, 2)
      await clients.sqs.send(new PurgeQueueCommand({ QueueUrl: queues.queueUrl }))
    })
    await Promise.all(workers.map(() => fleet.start("worker")))
  }
}

const poison = [
  "not json",
  "null",
  "[]",
  '{"v":2,"type":"order.placed","orderId":"later-version"}',
  '{"v":1,"type":"order.unknown","orderId":"x"}',
  '{"v":1,"type":"order.placed"}',
  '{"v":1,"type":"order.placed","orderId":42}',
  `{"v":1,"type":"order.placed","orderId":"${"x".repeat(100_000)}`
].filter((body) => body !== "")

export const poisoned: Scenario = {
  name: "poison",
  about: "messages that no worker can read among good ones: all end in the dead-letter queue",
  run: (stage) =>
    rounds(stage, async () => {
      await send(stage, [stage.random.pick(poison), stage.random.pick(poison)])
      await pause(stage, 0.1, 0.5)
    }),
  inspect: async (stage) => {
    const dead = await receiveAll(stage)
    const readable = dead.filter((body) => !poison.includes(body))
    return [
      ...(dead.length === 0 ? ["no poison came to the dead-letter queue"] : []),
      ...readable.map((body) => `a good message is dead: ${body}`)
    ]
  }
}

/** Bodies of what lies in the dead-letter queue; they stay there. */
async function receiveAll({ clients, queues }: Stage): Promise<ReadonlyArray<string>> {
  const bodies: Array<string> = []
  for (;;) {
    const { Messages = [] } = await clients.sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: queues.dlqUrl,
        MaxNumberOfMessages: 10,
        VisibilityTimeout: 60
      })
    )
    if (Messages.length === 0) return bodies
    bodies.push(...Messages.map(({ Body = "" }) => Body))
  }
}
