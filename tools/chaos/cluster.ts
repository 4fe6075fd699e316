// The replica set as the scenarios hurt it.
import { setTimeout as sleep } from "node:timers/promises"
import type { Kept } from "../harness/kept.ts"
import { programsUser, type Services } from "./services.ts"

export interface Cluster {
  readonly stepDown: () => Promise<void>
  /** SIGKILL of the primary's process; answers which it was. */
  readonly killPrimary: () => Promise<Kept>
  readonly restart: (node: Kept) => Promise<void>
  /** Returns once a primary takes a write that a majority acknowledges. */
  readonly untilWritable: () => Promise<void>
  /** Changes the password of the programs' user, to the one that they have or to another. */
  readonly setPassword: (password: "configured" | "another") => Promise<void>
  /** Restarts what was killed, waits until it can be written to, and sets the configured password. */
  readonly heal: () => Promise<void>
}

const writableWithinMs = 60_000

export function makeCluster({ mongo, proxies, clients }: Services): Cluster {
  const dead = new Set<Kept>()
  const admin = clients.mongo.db("admin")

  const primary = async (): Promise<Kept> => {
    const { primary } = await admin.command({ hello: 1 })
    const index = proxies.mongo.findIndex(({ port }) => `127.0.0.1:${port}` === primary)
    const proxied = proxies.mongo[index]?.name
    const node = mongo.nodes.find(({ port }) => `mongo-${port}` === proxied)
    if (node === undefined) throw new Error(`no member is known as ${primary}`)
    return node
  }

  const untilWritable = async (): Promise<void> => {
    const deadline = Date.now() + writableWithinMs
    const marks = clients.mongo.db("chaos").collection("marks")
    for (;;) {
      try {
        const writeConcern = { w: "majority", wtimeoutMS: 1000 } as const
        await marks.updateOne(
          {},
          { $inc: { writes: 1 } },
          { upsert: true, writeConcern, maxTimeMS: 1000 }
        )
        return
      } catch (error) {
        if (Date.now() > deadline) throw error
        await sleep(100)
      }
    }
  }

  const restart = async (node: Kept): Promise<void> => {
    await node.restart()
    dead.delete(node)
  }

  const setPassword: Cluster["setPassword"] = async (password) => {
    const pwd = password === "configured" ? programsUser.password : "another password"
    await admin.command({
      ...{ updateUser: programsUser.user, pwd },
      writeConcern: { w: "majority" }
    })
  }

  return {
    untilWritable,
    restart,
    setPassword,
    stepDown: async () => {
      await admin.command({ replSetStepDown: 10, secondaryCatchUpPeriodSecs: 2, force: true })
    },
    killPrimary: async () => {
      const node = await primary()
      dead.add(node)
      await node.crash()
      return node
    },
    heal: async () => {
      await Promise.all([...dead].map(restart))
      await untilWritable()
      await setPassword("configured")
    }
  }
}
