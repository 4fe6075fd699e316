// The database loses its primary, or refuses the programs' user.
import { depthOf } from "../../harness/queues.ts"
import type { Scenario } from "../scenario.ts"
import { breakConnections } from "./network.ts"
import { pause, rounds } from "./rounds.ts"

export const mongoStepDown: Scenario = {
  name: "mongo-stepdown",
  about: "the primary steps down, again and again",
  run: (stage) =>
    rounds(stage, async () => {
      const { cluster, interruptions } = stage
      await interruptions.during("stepdown of the primary", async () => {
        await cluster.stepDown()
        await cluster.untilWritable()
      })
      await pause(stage, 2, 4)
    })
}

export const mongoKillPrimary: Scenario = {
  name: "mongo-kill-primary",
  about: "kill -9 of the primary, which comes back as a secondary",
  run: (stage) =>
    rounds(stage, async () => {
      const { cluster, interruptions } = stage
      const killed = await interruptions.during("kill -9 of the primary", async () => {
        const node = await cluster.killPrimary()
        await cluster.untilWritable()
        return node
      })
      await pause(stage, 0.5, 2)
      await cluster.restart(killed)
      await pause(stage, 2, 4)
    })
}

export const mongoPassword: Scenario = {
  name: "mongo-password",
  about:
    "the password of the programs' user is changed and connections break; later it is changed back",
  run: (stage) =>
    rounds(stage, async () => {
      const { cluster, interruptions } = stage
      await interruptions.during("a changed password of MongoDB", async () => {
        await cluster.setPassword("another")
        await pause(stage, 0.5, 1.5)
        await breakConnections(stage, "mongo")
        await pause(stage, 2, 4)
        // The members were cut off from each other as well.
        await cluster.untilWritable()
        await cluster.setPassword("configured")
      })
      await pause(stage, 3, 5)
    }),
  inspect: async ({ orders, fleet, clients, queues }) => {
    const flagged = await orders.countDocuments({ needsAttention: { $exists: true } })
    const dead = await depthOf(clients.sqs, queues.dlqUrl)
    const refused = fleet.logs().some(({ text }) => text.includes("Authentication failed"))
    return [
      ...(refused ? [] : ["no process was refused"]),
      ...(flagged === 0 ? [] : [`${flagged} orders are flagged`]),
      ...(dead === 0 ? [] : [`${dead} messages are set aside`])
    ]
  }
}
