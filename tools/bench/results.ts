// What a run leaves behind: every measurement as it was, and on what it was made.
import { execFileSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { arch, cpus, release, totalmem, type } from "node:os"
import type { Pace, Sample, Workload } from "./workload.ts"

export interface Measurement {
  readonly workload: string
  readonly contestant: string
  readonly round: number
  readonly sample: Sample
}

/** A measurement that was not played to its end. */
export interface Failure {
  readonly workload: string
  readonly contestant: string
  readonly round: number
  readonly reason: string
}

export interface Results {
  readonly at: string
  readonly command: string
  readonly commit: string
  readonly machine: string
  /** The share of the processors' time that was idle before the run. */
  readonly idle: number
  readonly versions: Readonly<Record<string, string>>
  readonly pace: Pace
  readonly workloads: ReadonlyArray<Pick<Workload, "name" | "title" | "unit" | "better">>
  readonly measurements: ReadonlyArray<Measurement>
  readonly failures: ReadonlyArray<Failure>
}

const gib = 1024 ** 3

export const describeMachine = (): string => {
  const [first] = cpus()
  const memory = Math.round(totalmem() / gib)
  return `${cpus().length} × ${first?.model.trim() ?? "CPU"}, ${memory} GiB, ${type()} ${release()} ${arch()}`
}

const git = (...args: ReadonlyArray<string>): string =>
  execFileSync("git", args, { encoding: "utf8" }).trim()

/** Of the code that is measured; marked where it was changed since. */
export const describeCommit = (): string =>
  git("rev-parse", "--short", "HEAD") + (git("status", "--porcelain", "src") === "" ? "" : "+")

const packages = [
  "effect",
  "hono",
  "mongoose",
  "ioredis",
  "express",
  "fastify",
  "sqs-consumer",
  "fauxqs"
]

export const describePackages = (): Readonly<Record<string, string>> => {
  const manifest: {
    readonly dependencies: Readonly<Record<string, string>>
    readonly devDependencies: Readonly<Record<string, string>>
  } = JSON.parse(readFileSync("package.json", "utf8"))
  const all = { ...manifest.devDependencies, ...manifest.dependencies }
  return Object.fromEntries(packages.flatMap((name) => (all[name] ? [[name, all[name]]] : [])))
}
