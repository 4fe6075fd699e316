// The systems that a run attacks: all in one process on embedded parts, as `npm run dev` starts it; and the
// compiled programs on real services, as they are deployed. Limits are far away in both.

import { programs, urlOf } from "../harness/deployment.ts"
import { type Program, run } from "../harness/program.ts"
import { codeIn, mailboxText, mailedCode } from "../harness/setUp.ts"
import { startServices, startSystem } from "../harness/system.ts"
import { makeTogether } from "../harness/together.ts"
import { type People, password } from "./people.ts"

export const targetNames = ["embedded", "live"] as const
export type TargetName = (typeof targetNames)[number]

export interface System {
  readonly name: TargetName
  readonly people: People
  /** What no answer and no log may show. */
  readonly secrets: ReadonlyArray<string>
  /** Where the API answers, and in which process. */
  readonly api: { readonly url: string; readonly pid: number }
  readonly programs: ReadonlyArray<Program>
  /** What does not hold about what is stored; nothing where it can't be looked at. */
  readonly audit: () => Promise<ReadonlyArray<string>>
  readonly stop: () => Promise<void>
}

const adminPassword = "an admin of no other user, 9034"
const metricsToken = "metrics-token-of-the-fuzz"
const keys = {
  ACCESS_TOKEN_SECRET: "access-key-of-the-fuzz-".repeat(3),
  REFRESH_TOKEN_SECRET: "refresh-key-of-the-fuzz-".repeat(3),
  JWT_SECRET: "code-key-of-the-fuzz-".repeat(3)
}
const settings = { ...keys, METRICS_TOKEN: metricsToken, RATE_LIMIT_FACTOR: "1000000" }
const secrets = [...Object.values(keys), metricsToken, password, adminPassword]

async function startEmbedded(): Promise<System> {
  const program = run(programs.dev, {
    ...settings,
    DEV_ADMIN_PASSWORD: adminPassword,
    HOST: "127.0.0.1",
    PORT: "0",
    LOG_FORMAT: "json"
  })
  const url = await urlOf(program, 60_000)
  // The banner shows the admin's password to the developer who started it.
  await program.said(/Begin with:/u, 60_000)
  return {
    name: "embedded",
    people: {
      url,
      metricsToken,
      codeFor: async (email) => codeIn(await mailboxText(url, email)),
      admin: { email: "admin@example.com", password: adminPassword }
    },
    secrets,
    api: { url, pid: program.pid },
    programs: [program],
    audit: async () => [],
    stop: async () => {
      program.signal("SIGKILL")
      await program.ended
    }
  }
}

async function startLive(): Promise<System> {
  const { keep, stop } = makeTogether()
  try {
    const services = await keep(startServices())
    const system = await keep(startSystem(services, settings))
    const api = await system.startApi()
    const worker = await system.startWorker()
    const admin = await system.signUp(api.url, "chief", "admin")
    return {
      name: "live",
      people: {
        ...{ url: api.url, metricsToken },
        codeFor: (email) => mailedCode(system.mails, email, 20_000),
        admin: { email: admin.email, password: admin.password }
      },
      secrets: [...secrets, admin.password, services.mongo.uri, services.sqs.endpoint],
      api: { url: api.url, pid: api.program.pid },
      programs: [api.program, worker.program],
      audit: async () => {
        const { code, output } = await system.cli("stock", "audit")
        return code === 0 ? [] : [`the stock audit ends with ${code}: ${output}`]
      },
      stop
    }
  } catch (error) {
    await stop()
    throw error
  }
}

export const startTarget = (name: TargetName): Promise<System> =>
  name === "embedded" ? startEmbedded() : startLive()
