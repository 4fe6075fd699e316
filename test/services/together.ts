// Services that are started side by side and stopped together, those too that had started when another failed.

interface Stoppable {
  readonly stop: () => Promise<void>
}

export interface Together {
  /** Remembers the service once it runs. */
  readonly keep: <S extends Stoppable>(starting: Promise<S>) => Promise<S>
  readonly stop: () => Promise<void>
}

export function makeTogether(): Together {
  const running: Array<Stoppable> = []
  return {
    keep: async (starting) => {
      const service = await starting
      running.push(service)
      return service
    },
    stop: async () => {
      await Promise.all(running.map((service) => service.stop()))
    }
  }
}
