// What processes cost, as Linux tells it in /proc; undefined on systems that have none.
import { readFileSync } from "node:fs"
import { residentMb } from "../harness/memory.ts"

export interface Usage {
  /** Milliseconds of processor time since each began, user and system, of all threads together. */
  readonly cpuMs: number
  /** Resident memory in MiB. */
  readonly rssMb: number
}

/** Of Linux on every platform that Node runs on (sysconf _SC_CLK_TCK). */
const ticksPerSecond = 100

function resourceUsageOf(pid: number): Usage {
  // The name may hold spaces and brackets; what follows it does not. Fields 14 and 15 are utime, stime.
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ") ?? []
  const ticks = Number(fields[11]) + Number(fields[12])
  return { cpuMs: (1000 * ticks) / ticksPerSecond, rssMb: residentMb(pid) ?? 0 }
}

/** Of several processes together; undefined of none. */
export function resourceUsage(pids: ReadonlyArray<number>): Usage | undefined {
  if (process.platform !== "linux" || pids.length === 0) return undefined
  return pids
    .map(resourceUsageOf)
    .reduce((sum, one) => ({ cpuMs: sum.cpuMs + one.cpuMs, rssMb: sum.rssMb + one.rssMb }), {
      cpuMs: 0,
      rssMb: 0
    })
}
