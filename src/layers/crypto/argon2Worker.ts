// Argon2id in a thread of its own, one hash at a time. On Linux each thread has its own priority, and this one's is
// low: on a shared core the event loop, which answers requests, runs first.
import { constants, platform, setPriority } from "node:os"
import { hashSync, type Options, verifySync } from "@node-rs/argon2"

// Elsewhere it would slow down the whole process.
if (platform() === "linux") setPriority(constants.priority.PRIORITY_BELOW_NORMAL)

export const hash = (task: { readonly password: string; readonly options: Options }): string =>
  hashSync(task.password, task.options)

/** Where the password does not fit, the work of `filler` is done too. */
export const verify = (task: {
  readonly hash: string
  readonly password: string
  readonly filler: Options | undefined
}): boolean => {
  const fits = verifySync(task.hash, task.password)
  if (!fits && task.filler !== undefined) hashSync(task.password, task.filler)
  return fits
}
