// Checks SES for an operator: whether it answers, its quota, and whether it accepts this sender. No mail is sent.
import {
  GetAccountSendingEnabledCommand,
  GetIdentityVerificationAttributesCommand,
  GetSendQuotaCommand,
  type GetSendQuotaCommandOutput
} from "@aws-sdk/client-ses"
import { Effect } from "effect"
import {
  type Finding,
  failure,
  look,
  ok,
  type Verdict,
  warning
} from "../../services/runtime/Finding.ts"
import { type SesCallError, SesClient, unrelated } from "./SesClient.ts"
import { describeSesError } from "./sesErrors.ts"

const part = "SES"

export interface SesNeeds {
  readonly sender: string
  /** Mails a second that the service may send. */
  readonly perSecond: number
}

const isUnrelated = ({ error }: SesCallError): boolean =>
  error instanceof Error && unrelated.has(error.name)

/** A call that may be refused: then the question stays open, which is no failure. */
const unlessRefused = <R>(
  action: string,
  verdict: Effect.Effect<Verdict, SesCallError, R>
): Effect.Effect<Verdict, never, R> =>
  Effect.catch(verdict, (error) =>
    Effect.succeed(
      isUnrelated(error)
        ? warning(`SES does not say (${action})`, `allow these credentials ${action}`)
        : failure(
            describeSesError(error.error).message,
            "see whether AWS_REGION, AWS_ENDPOINT_URL_SES and the AWS credentials fit"
          )
    )
  )

/** What an account in the sandbox may send in a day, which is more than any shop needs to try SES. */
const sandboxQuota = 200

/** The used share of the day's quota from which on there is a warning. */
const nearlyUsed = 0.9

const judgeQuota =
  ({ perSecond }: SesNeeds) =>
  ({
    Max24HourSend: max = -1,
    SentLast24Hours: sent = 0,
    MaxSendRate: rate = 0
  }: Partial<GetSendQuotaCommandOutput>): Verdict => {
    const raise = "ask AWS for a higher quota"
    // -1 means no limit.
    if (max < 0) return ok("no limit in 24 hours")
    const used = `${sent} of ${max} mails in 24 hours`
    if (sent >= max) return failure(`the quota is used up: ${used}`, raise)
    if (sent >= max * nearlyUsed) return warning(`the quota is nearly used up: ${used}`, raise)
    if (max <= sandboxQuota)
      return warning(
        `the account looks like one in the sandbox, which mails verified addresses alone: ${used}`,
        "ask AWS for production access"
      )
    return rate > 0 && perSecond > rate
      ? warning(
          `SES takes ${rate} mails a second, and SES_MAX_PER_SECOND is ${perSecond}`,
          `set SES_MAX_PER_SECOND to ${rate}`
        )
      : ok(`${used}, ${rate} a second`)
  }

const quota = (needs: SesNeeds) =>
  unlessRefused(
    "ses:GetSendQuota",
    Effect.map(
      SesClient.use(({ use }) => use((ses, how) => ses.send(new GetSendQuotaCommand({}), how))),
      judgeQuota(needs)
    )
  )

const sending = unlessRefused(
  "ses:GetAccountSendingEnabled",
  Effect.map(
    SesClient.use(({ use }) =>
      use((ses, how) => ses.send(new GetAccountSendingEnabledCommand({}), how))
    ),
    ({ Enabled = false }) =>
      Enabled
        ? ok("the account may send")
        : failure("AWS or an operator has paused the account", "see the SES console, Reputation")
  )
)

/** The address, its domain, and the domains above that: one that is verified is enough. */
export const identitiesOf = (sender: string): ReadonlyArray<string> => {
  const domain = sender.split("@").at(-1) ?? ""
  const labels = domain.split(".")
  const domains = labels.slice(0, -1).map((_, i) => labels.slice(i).join("."))
  return [sender, ...domains]
}

const sender = ({ sender: address }: SesNeeds) =>
  unlessRefused(
    "ses:GetIdentityVerificationAttributes",
    Effect.map(
      SesClient.use(({ use }) =>
        use((ses, how) =>
          ses.send(
            new GetIdentityVerificationAttributesCommand({
              Identities: [...identitiesOf(address)]
            }),
            how
          )
        )
      ),
      ({ VerificationAttributes = {} }) => {
        const verified = Object.entries(VerificationAttributes).find(
          ([, attributes]) => attributes.VerificationStatus === "Success"
        )
        return verified === undefined
          ? failure(
              "the address of SES_SENDER_EMAIL is not verified in this region, nor is its domain",
              "verify the domain in the SES console, or correct AWS_REGION"
            )
          : ok(`${verified[0]} is verified`)
      }
    )
  )

export const examineSes = (
  needs: SesNeeds
): Effect.Effect<ReadonlyArray<Finding>, never, SesClient> =>
  Effect.all(
    [
      look(part, "quota", quota(needs)),
      look(part, "sending", sending),
      look(part, "sender", sender(needs))
    ],
    { concurrency: "unbounded" }
  )
