import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import { examineSes, identitiesOf } from "../../../src/layers/aws/examineSes.ts"
import { layer } from "../../../src/layers/aws/SesClient.ts"
import { misbehaving, nobodyListens } from "../../misbehaving.ts"

interface Account {
  readonly max?: number
  readonly sent?: number
  readonly rate?: number
  readonly enabled?: boolean
  readonly verified?: string
  /** Code of the error that every question gets. */
  readonly refuses?: string
}

const bodies = ({ max = 50_000, sent = 10, rate = 14, enabled = true, verified }: Account) => ({
  GetSendQuota: `<Max24HourSend>${max}</Max24HourSend><SentLast24Hours>${sent}</SentLast24Hours><MaxSendRate>${rate}</MaxSendRate>`,
  GetAccountSendingEnabled: `<Enabled>${enabled}</Enabled>`,
  GetIdentityVerificationAttributes: `<VerificationAttributes>${
    verified === undefined
      ? ""
      : `<entry><key>${verified}</key><value><VerificationStatus>Success</VerificationStatus></value></entry>`
  }</VerificationAttributes>`
})

/** Every check's state and words. */
const examined = Effect.fnUntraced(function* (endpoint: string, perSecond = 14) {
  const findings = yield* examineSes({ sender: "orders@mail.example.com", perSecond }).pipe(
    Effect.provide(
      layer({
        region: "us-east-1",
        endpoint,
        credentials: { accessKeyId: "AKCANARY", secretAccessKey: Redacted.make("CANARY-secret") }
      })
    )
  )
  for (const { says } of findings) assert.notInclude(says, "CANARY")
  return Object.fromEntries(findings.map(({ check, state, says }) => [check, [state, says]]))
})

const account = (given: Account) =>
  misbehaving(async (request, response) => {
    const chunks: Array<Buffer> = []
    for await (const chunk of request) chunks.push(chunk)
    const action = new URLSearchParams(Buffer.concat(chunks).toString()).get("Action") ?? ""
    const body = new Map(Object.entries(bodies(given))).get(action) ?? ""
    const [status, xml] =
      given.refuses === undefined
        ? [200, `<${action}Response><${action}Result>${body}</${action}Result></${action}Response>`]
        : [
            400,
            `<ErrorResponse><Error><Code>${given.refuses}</Code><Message>CANARY</Message></Error></ErrorResponse>`
          ]
    response.writeHead(status, { "content-type": "text/xml" }).end(xml)
  })

describe("the check of SES", () => {
  it.live("passes a sound account", () =>
    Effect.gen(function* () {
      const endpoint = yield* account({ verified: "example.com" })
      assert.deepStrictEqual(yield* examined(endpoint), {
        quota: ["ok", "10 of 50000 mails in 24 hours, 14 a second"],
        sending: ["ok", "the account may send"],
        sender: ["ok", "example.com is verified"]
      })
    })
  )

  const quotas: ReadonlyArray<readonly [string, Account, string, string]> = [
    ["used up", { max: 1000, sent: 1000 }, "failure", "used up"],
    ["nearly used up", { max: 1000, sent: 950 }, "warning", "nearly used up"],
    ["that of the sandbox", { max: 200, rate: 1 }, "warning", "sandbox"],
    ["slower than the setting", { rate: 5 }, "warning", "SES_MAX_PER_SECOND is 14"],
    ["without a limit", { max: -1 }, "ok", "no limit"]
  ]
  for (const [what, given, state, words] of quotas)
    it.live(`a quota ${what}`, () =>
      Effect.gen(function* () {
        const { quota = [] } = yield* examined(yield* account(given))
        assert.strictEqual(quota[0], state)
        assert.include(quota[1], words)
      })
    )

  it.live("fails for a paused account, and for a sender that is not verified", () =>
    Effect.gen(function* () {
      const found = yield* examined(yield* account({ enabled: false }))
      assert.deepStrictEqual([found["sending"]?.[0], found["sender"]?.[0]], ["failure", "failure"])
    })
  )

  it.live(
    "leaves a check open when its right is missing, and fails for refused keys and an outage",
    () =>
      Effect.gen(function* () {
        for (const [refuses, state] of [
          ["AccessDenied", "warning"],
          ["InvalidClientTokenId", "failure"]
        ] as const) {
          const found = yield* examined(yield* account({ refuses }))
          for (const check of ["quota", "sending", "sender"])
            assert.strictEqual(found[check]?.[0], state, `${refuses}: ${check}`)
        }
        const away = yield* examined(yield* nobodyListens)
        assert.strictEqual(away["quota"]?.[0], "failure")
      })
  )
})

it("the address, its domain, or a parent domain may be verified", () => {
  assert.deepStrictEqual(identitiesOf("a@b.example.com"), [
    "a@b.example.com",
    "b.example.com",
    "example.com"
  ])
})
