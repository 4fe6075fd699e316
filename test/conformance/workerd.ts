// The API on workerd as a target of the suite.
import { startWorkerd } from "../../tools/harness/workerd.ts"
import type { Target } from "./target.ts"

export const workerd = async (): Promise<Target & AsyncDisposable> => {
  const { origin, admin, stop } = await startWorkerd()
  return { fetch, origin, admin, [Symbol.asyncDispose]: stop }
}
