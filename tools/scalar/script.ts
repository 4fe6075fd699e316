// The script of Scalar's API reference, as `/docs` serves it. Scalar's own package has it in 300 others, which make it; the
// plugin for Fastify has it whole, and gives it to who asks the plugin's server.
import { mkdir, writeFile } from "node:fs/promises"
import { dirname } from "node:path"
import { fileURLToPath } from "node:url"
import plugin from "@scalar/fastify-api-reference"
import fastify from "fastify"
import { scalarFile } from "../../src/layers/scalar/scalarScript.ts"

/** Writes it where the API looks for it. */
export async function writeScalarScript(): Promise<void> {
  const server = fastify()
  await server.register(plugin, { routePrefix: "/docs", configuration: { url: "/openapi.json" } })
  const { statusCode, payload } = await server.inject("/docs/js/scalar.js")
  await server.close()
  if (statusCode !== 200) throw new Error(`Scalar's plugin answers ${statusCode} for its script`)
  await mkdir(dirname(fileURLToPath(scalarFile)), { recursive: true })
  await writeFile(scalarFile, payload)
}
