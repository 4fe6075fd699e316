// What is started side by side and stopped together: the latest first, since it is on the others. What is
// still starting when it comes to that, as another has failed, is waited for and stopped as well.

interface Stoppable {
  readonly stop: () => Promise<void>
}

export interface Together {
  /** Remembers it, from before it runs. */
  readonly keep: <S extends Stoppable>(starting: Promise<S>) => Promise<S>
  /** Rejects with the first that could not be stopped, once all others are. Again, it does nothing. */
  readonly stop: () => Promise<void>
}

export function makeTogether(): Together {
  const kept: Array<Promise<Stoppable>> = []
  let stopping: Promise<void> | undefined

  const stopOne = async (starting: Promise<Stoppable>): Promise<void> => {
    const [started] = await Promise.allSettled([starting])
    // The code that started it handles its failure.
    if (started.status === "fulfilled") await started.value.stop()
  }

  const stopAll = async (): Promise<void> => {
    const failures: Array<unknown> = []
    for (const starting of kept.toReversed())
      await stopOne(starting).catch((failure: unknown) => failures.push(failure))
    if (failures.length > 0) throw failures[0]
  }

  return {
    keep: (starting) => {
      kept.push(starting)
      return starting
    },
    stop: () => {
      stopping ??= stopAll()
      return stopping
    }
  }
}
