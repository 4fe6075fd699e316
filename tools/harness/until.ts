// Waits for a state of another process, which has no event to wait for here: asks until it holds.

/** Asks every 50 ms; fails with the last answer. */
export async function until<A>(
  what: string,
  ask: () => Promise<A>,
  holds: (answer: A) => boolean,
  withinMs = 15_000
): Promise<A> {
  const deadline = performance.now() + withinMs
  for (;;) {
    const answer = await ask()
    if (holds(answer)) return answer
    if (performance.now() > deadline)
      throw new Error(`${what} did not hold within ${withinMs} ms: ${JSON.stringify(answer)}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
