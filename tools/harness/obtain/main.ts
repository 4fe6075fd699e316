// `npm run obtain`: gets every program that the tests need ahead of them, and says
// where each came from. Fails when one cannot be had.

import { obtainToxiproxy } from "../toxiproxy.ts"
import {
  obtainElasticMq,
  obtainJava,
  obtainMongod,
  obtainPromtool,
  obtainRedis,
  obtainRedisVersion,
  redisVersions
} from "./binaries.ts"
import { obtainBrowser } from "./browser.ts"
import { obtainActionlint, obtainCompose, obtainHadolint } from "./linters.ts"
import { obtainRuntime, runtimeNames } from "./runtimes.ts"
import { obtainSchemathesis } from "./schemathesis.ts"
import { obtainSpectral } from "./spectral.ts"

const wanted = {
  mongod: obtainMongod,
  "redis-server": obtainRedis,
  ...Object.fromEntries(
    redisVersions.map((version) => [version, () => obtainRedisVersion(version)])
  ),
  ...Object.fromEntries(runtimeNames.map((name) => [name, () => obtainRuntime(name)])),
  Java: obtainJava,
  ElasticMQ: obtainElasticMq,
  Toxiproxy: obtainToxiproxy,
  Schemathesis: obtainSchemathesis,
  Spectral: obtainSpectral,
  promtool: obtainPromtool,
  Chromium: obtainBrowser,
  hadolint: obtainHadolint,
  actionlint: obtainActionlint,
  "Docker Compose": obtainCompose
}

const results = await Promise.all(
  Object.entries(wanted).map(async ([name, obtain]) => {
    const began = performance.now()
    try {
      const { path, from } = await obtain()
      const seconds = ((performance.now() - began) / 1000).toFixed(1)
      process.stdout.write(`${name}: ${path} (${from}, ${seconds} s)\n`)
      return true
    } catch (error) {
      process.stderr.write(`${error instanceof Error ? error.message : error}\n`)
      return false
    }
  })
)
process.exitCode = results.every(Boolean) ? 0 : 1
