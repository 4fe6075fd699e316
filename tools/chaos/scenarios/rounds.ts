// How scenarios spend their time: something, again and again, until it is over.
import { setTimeout as sleep } from "node:timers/promises"
import type { Stage } from "../stage.ts"

/** Runs `round` again and again for the stage's seconds; a round that has begun is finished. */
export async function rounds(
  { seconds }: Pick<Stage, "seconds">,
  round: () => Promise<void>
): Promise<void> {
  const until = Date.now() + seconds * 1000
  while (Date.now() < until) await round()
}

export const pause = ({ random }: Pick<Stage, "random">, least: number, most: number) =>
  sleep(random.between(least, most) * 1000)

/** SES answers later than usual, well within its deadline, so that what happens next meets mails in flight. */
export async function slowMails({ proxies }: Pick<Stage, "proxies">): Promise<void> {
  const toxic = { type: "latency", attributes: { latency: 200, jitter: 100 } } as const
  await Promise.all(proxies.ses.map((proxy) => proxy.add(toxic)))
}
