// What a limit took for its operations, after a number of them that compile its code.

export interface Taken {
  readonly seconds: number
  /** Processor time of this process for all operations. */
  readonly cpuMs: number
}

export interface Meter {
  readonly count: (operations: number) => void
  readonly isOver: () => boolean
  /** Once it is over. */
  readonly result: () => Taken
}

const now = () => ({ at: performance.now(), cpu: process.cpuUsage() })

export const startMeter = ({
  operations,
  warmup
}: {
  readonly operations: number
  readonly warmup: number
}): Meter => {
  let done = 0
  let began = now()
  let ended: ReturnType<typeof now> | undefined
  return {
    count: (more) => {
      if (done < warmup && done + more >= warmup) began = now()
      done += more
      if (ended === undefined && done >= warmup + operations) ended = now()
    },
    isOver: () => ended !== undefined,
    result: () => {
      if (ended === undefined) throw new Error("the operations are not over")
      const micros = ended.cpu.user - began.cpu.user + (ended.cpu.system - began.cpu.system)
      return { seconds: (ended.at - began.at) / 1000, cpuMs: micros / 1000 }
    }
  }
}
