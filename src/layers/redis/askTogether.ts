// Collects the calls for one key in one turn of the event loop, and sends them in one command.

export interface Share<A> {
  /** Which of those who asked together this one is, from 1. */
  readonly place: number
  /** How many they are. */
  readonly times: number
  /** The answer to all of them. */
  readonly answer: A
}

class Turn<A> {
  times = 0
  readonly answer: Promise<A>

  constructor(ask: (times: number) => Promise<A>) {
    // biome-ignore lint/plugin: no time, but a place in the event loop.
    const end = new Promise((resolve) => setImmediate(resolve))
    this.answer = end.then(() => ask(this.times))
  }
}

/** `ask` is called at the end of a turn, once for each of its keys, with how often it was asked for. */
export const askTogether = <A>(
  ask: (key: string, times: number) => Promise<A>
): ((key: string) => Promise<Share<A>>) => {
  const turns = new Map<string, Turn<A>>()

  const open = (key: string): Turn<A> => {
    const turn = new Turn<A>((times) => {
      turns.delete(key)
      return ask(key, times)
    })
    turns.set(key, turn)
    return turn
  }

  return (key) => {
    const turn = turns.get(key) ?? open(key)
    turn.times += 1
    const place = turn.times
    return turn.answer.then((answer) => ({ place, times: turn.times, answer }))
  }
}
