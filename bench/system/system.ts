// This system, as it is deployed: `npm start` and `npm run worker` from dist/.
import type { Contestant } from "../contestant.ts"
import { seed } from "./seed.ts"

const flags = ["--import", "./src/node-floor.js"]

export const system: Contestant = {
  name: "system",
  api: [...flags, "--max-semi-space-size=64", "dist/api/main.js"],
  worker: [...flags, "dist/worker/main.js"],
  seed
}
