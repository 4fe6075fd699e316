// All scenarios, in the order in which they are played.
import type { Scenario } from "./scenario.ts"
import { calm } from "./scenarios/calm.ts"
import { freezeWorker } from "./scenarios/freeze-worker.ts"
import { killApis, killWorkers } from "./scenarios/kills.ts"
import { duplicates, poisoned, purged } from "./scenarios/messages.ts"
import { mongoKillPrimary, mongoPassword, mongoStepDown } from "./scenarios/mongo.ts"
import { network } from "./scenarios/network.ts"
import { redisFailOver } from "./scenarios/redis.ts"
import { rollingRestart } from "./scenarios/rolling-restart.ts"
import { sesDown, sesLostAnswer, sesPaused, sesSlowRate, sesThrottling } from "./scenarios/ses.ts"
import { sqsDown } from "./scenarios/sqs-down.ts"
import { twoVersions } from "./scenarios/two-versions.ts"

export const scenarios: ReadonlyArray<Scenario> = [
  calm,
  killWorkers,
  killApis,
  freezeWorker,
  mongoStepDown,
  mongoKillPrimary,
  mongoPassword,
  ...network,
  redisFailOver,
  sesThrottling,
  sesLostAnswer,
  sesSlowRate,
  sesDown,
  sesPaused,
  duplicates,
  purged,
  poisoned,
  rollingRestart,
  twoVersions,
  sqsDown
]
