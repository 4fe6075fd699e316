// The API on workerd as a target of the suite.
import { startWorkerd } from "../../tools/harness/workerd.ts"
import type { Target } from "./target.ts"

export const workerd = async (
  options?: Parameters<typeof startWorkerd>[0]
): Promise<Target & AsyncDisposable> => {
  const { origin, admin, stop } = await startWorkerd(options)
  return { fetch, origin, admin, [Symbol.asyncDispose]: stop }
}
