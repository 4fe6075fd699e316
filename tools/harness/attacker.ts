// A thread that carries an attack out, so that its work delays no honest client of the process that started it.
// It says "ended" when the server has ended each connection once, or has answered each ten times; told anything,
// it stops and says what it did.
import { connect, type Socket } from "node:net"
import { setTimeout as sleep } from "node:timers/promises"
import { parentPort, workerData } from "node:worker_threads"
import type { Attack } from "./attack.ts"
import { makeLoad } from "./load.ts"

export interface Orders {
  readonly attack: Attack
  readonly url: string
  /** Linux has all of 127.0.0.0/8 on its loopback. */
  readonly network: number
}

export interface Report {
  /** All connections, also those that replaced others. */
  readonly connections: number
  /** Requests that were answered 500. */
  readonly failures: number
}

interface Running {
  readonly stop: () => Promise<Report>
}

type Of<K extends string> = Extract<Attack, { readonly [_ in K]: unknown }>

/** Milliseconds until a connection replaces one that ended. */
const againMs = 100
/** How many answers each connection gets until a crowd has been met. */
const answersEach = 10

const addressOf = ({ attack, network }: Orders, i: number): string =>
  `127.0.${network}.${1 + (i % attack.addresses)}`

const flood = (orders: Orders, attack: Of<"bytes">, ended: () => void): Running => {
  const { hostname, port } = new URL(orders.url)
  const open = new Set<Socket>()
  let opened = 0
  let going = true
  let left = attack.connections
  const begin = (isFirst: boolean): void => {
    if (!going) return
    const localAddress = addressOf(orders, opened)
    opened += 1
    const socket = connect({ host: hostname, port: Number(port), localAddress })
    open.add(socket)
    if (attack.reads) socket.resume()
    else socket.pause()
    socket.on("error", () => undefined)
    socket.on("connect", () => socket.write(attack.bytes))
    socket.on("close", () => {
      open.delete(socket)
      if (isFirst) left -= 1
      if (isFirst && left === 0) ended()
      setTimeout(begin, againMs, false)
    })
  }
  for (let i = 0; i < attack.connections; i++) begin(true)
  const { everySecond } = attack
  const dripping = setInterval(() => {
    if (everySecond !== undefined) for (const socket of open) socket.write(everySecond)
  }, 1000)
  return {
    stop: () => {
      going = false
      clearInterval(dripping)
      for (const socket of open) socket.destroy()
      return Promise.resolve({ connections: opened, failures: 0 })
    }
  }
}

const crowd = (orders: Orders, attack: Of<"shots">, ended: () => void): Running => {
  const { connections, addresses, shots, pauseMs } = attack
  const loads = Array.from({ length: addresses }, (_, i) =>
    makeLoad(orders.url, Math.ceil(connections / addresses), undefined, addressOf(orders, i))
  )
  let answers = 0
  let failures = 0
  let going = true
  const lane = async (first: number): Promise<void> => {
    const load = loads[first % addresses]
    for (let i = first; going; i += connections) {
      const shot = shots[i % shots.length]
      if (load === undefined || shot === undefined) return
      const { status } = await load.shoot(shot)
      if (status === 500) failures += 1
      answers += 1
      if (answers === connections * answersEach) ended()
      if (pauseMs !== undefined) await sleep(pauseMs)
    }
  }
  const lanes = Array.from({ length: connections }, (_, i) => lane(i))
  return {
    stop: async () => {
      going = false
      for (const load of loads) load.close()
      await Promise.all(lanes)
      return { connections, failures }
    }
  }
}

const carryOut = (orders: Orders): void => {
  const { attack } = orders
  const ended = (): void => parentPort?.postMessage("ended")
  const running = "bytes" in attack ? flood(orders, attack, ended) : crowd(orders, attack, ended)
  parentPort?.once("message", async () => {
    parentPort?.postMessage(await running.stop())
    parentPort?.close()
  })
}

carryOut(workerData as Orders)
