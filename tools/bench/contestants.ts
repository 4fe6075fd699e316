// All contestants, by the names that results use.
import type { Contestant } from "./contestant.ts"
import { seed as seedLimit } from "./limits/seed.ts"
import { seed as seedPeer } from "./peers/seed.ts"

const express = ["tools/bench/peers/express/api.ts"]
const consumer = ["tools/bench/peers/express/consumer.ts"]

export const peers = {
  /** Its worker is the faster one of its two. */
  express: { name: "express", api: express, worker: consumer, seed: seedPeer },
  fastify: { name: "fastify", api: ["tools/bench/peers/fastify/api.ts"], seed: seedPeer },
  fastifyPlugins: {
    name: "fastify + plugins",
    api: ["tools/bench/peers/fastify/pluginsApi.ts"],
    seed: seedPeer
  },
  loop: { name: "loop", worker: ["tools/bench/peers/express/worker.ts"], seed: seedPeer },
  sqsConsumer: { name: "sqs-consumer", worker: consumer, seed: seedPeer }
} as const satisfies Record<string, Contestant>

/** What has neither `api` nor `worker` is a program that does its work once and prints what it took. */
export const limits = {
  readRedis: { name: "readRedis", api: ["tools/bench/limits/readRedis.ts"], seed: seedLimit },
  stackRedis: { name: "stackRedis", api: ["tools/bench/limits/stackRedis.ts"], seed: seedLimit },
  readMongo: { name: "readMongo", api: ["tools/bench/limits/readMongo.ts"], seed: seedPeer },
  groupCommit: { name: "groupCommit", seed: seedPeer },
  placeTogether: {
    name: "placeTogether",
    api: ["tools/bench/limits/placeTogether.ts"],
    seed: seedPeer
  },
  drain: { name: "drain", seed: seedPeer },
  confirm: { name: "bareConfirm", seed: seedPeer },
  /** From an order to its mail. */
  placeAndMail: {
    name: "placeAndMail",
    api: ["tools/bench/limits/placeAndSend.ts"],
    worker: ["tools/bench/limits/mailer.ts"],
    seed: seedPeer
  }
} as const satisfies Record<string, Contestant>
