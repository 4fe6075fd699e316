// What commands need beside their dependencies: ids, and the end of what they do in the background. Built
// on top of the clients, so that those are open while a command's last audit event is stored.
import { Layer } from "effect"
import * as RandomIdGenerator from "../layers/crypto/RandomIdGenerator.ts"
import * as FiberBackground from "../layers/runtime/FiberBackground.ts"

export const operator = Layer.merge(
  FiberBackground.layer({ shutdownSeconds: 15 }),
  RandomIdGenerator.layer
)
