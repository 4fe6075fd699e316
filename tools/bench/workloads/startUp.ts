// From the start of the process to its first answer that it is ready.
import type { Contestant } from "../contestant.ts"
import { dataSet, noOrders } from "../data.ts"
import { resourceUsage } from "../resourceUsage.ts"
import { openHouse } from "../stage.ts"
import type { Workload } from "../workload.ts"

export const startUp = (contestants: ReadonlyArray<Contestant>): Workload => ({
  ...{ name: "start-up", title: "Start-up to the first answer", unit: "ms", better: "lower" },
  contestants,
  open: (services, contestant) => openHouse(services, contestant, dataSet(noOrders)),
  measure: async (stage) => {
    const { pid, readyAfterMs } = await stage.startApi()
    const used = resourceUsage([pid])
    return { value: readyAfterMs, ...(used && { cpuMs: used.cpuMs, rssMb: used.rssMb }) }
  }
})
