// What has to hold once the attack is over: every process lives and serves, its log shows no secret and no
// failure of ours, and what is stored agrees with itself.
import type { Finding } from "./attack.ts"
import { secretsIn } from "./rules.ts"
import type { System } from "./systems.ts"

const stillServes = async (url: string): Promise<ReadonlyArray<string>> => {
  const asked = ["/healthz", "/readyz", "/api/products"].map(async (path) => {
    const { status } = await fetch(`${url}${path}`, { signal: AbortSignal.timeout(10_000) })
    return status === 200 ? [] : [`${path} answers ${status}`]
  })
  return (await Promise.all(asked)).flat()
}

/** What a request made fail in a way that is a mistake of ours. */
const failureIn = (log: string): string | undefined =>
  log
    .split("\n")
    .find((line) => /"message":"request failed"|unhandledRejection|uncaughtException/u.test(line))

/** What `dev` prints once, for the developer who started it. */
const withoutBanner = (log: string): string => log.replace(/^ {2}Admin .*$/mu, "")

export async function afterwards(system: System): Promise<ReadonlyArray<Finding>> {
  const { name, people, programs, secrets, audit } = system
  const logs = programs.map((program) => withoutBanner(program.output()))
  const ended = await Promise.all(
    programs.map(({ ended }) => Promise.race([ended, Promise.resolve(undefined)]))
  )
  const served = await stillServes(people.url).catch((error: unknown) => [
    `does not serve: ${error}`
  ])
  const faults = [
    ...ended.filter((code) => code !== undefined).map((code) => `a process ended with ${code}`),
    ...served,
    ...logs.flatMap((log) => failureIn(log) ?? []).map((line) => `logged ${line.slice(0, 1000)}`),
    ...(logs.some((log) => secretsIn(log, secrets)) ? ["a log shows a secret"] : []),
    ...(await audit())
  ]
  return faults.map((fault) => ({
    ...{ group: "afterwards", operation: "(none)", what: "once the attack is over", fault },
    ...{ reproduction: `the run of this seed against ${name}`, answer: "" }
  }))
}
