// The environment of a Node process, with `.env` below it: what the environment sets, wins.
import { existsSync } from "node:fs"
import { ConfigProvider, Layer } from "effect"

/**
 * Loads `.env` of the working directory, where there is one, into the process's environment, so that
 * libraries that read it themselves (the AWS SDK's credential chain) see the same values.
 */
export const layer: Layer.Layer<never> = Layer.suspend(() => {
  if (existsSync(".env")) process.loadEnvFile(".env")
  return ConfigProvider.layer(ConfigProvider.fromEnvRecord(process.env))
})
