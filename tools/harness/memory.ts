// How much memory a process has, as Linux tells it.
import { readFileSync } from "node:fs"

/** Resident memory in MiB; undefined on systems without /proc. */
export function residentMb(pid: number): number | undefined {
  if (process.platform !== "linux") return undefined
  const status = readFileSync(`/proc/${pid}/status`, "utf8")
  return Number(/^VmRSS:\s+(\d+) kB$/mu.exec(status)?.[1]) / 1024
}
