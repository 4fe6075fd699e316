// The AWS endpoint and credentials of a client; the SDK's default chain provides what is not set.
import { Redacted } from "effect"

export interface AwsAccess {
  /** Without it: the SDK's chain. */
  readonly region?: string | undefined
  /** Without them: the SDK's chain (profile, SSO, web identity, role), which renews what expires. */
  readonly credentials?:
    | {
        readonly accessKeyId: string
        readonly secretAccessKey: Redacted.Redacted
        /** Comes with temporary keys. */
        readonly sessionToken?: Redacted.Redacted | undefined
      }
    | undefined
  /** Without it: AWS's, or what the SDK's chain names. */
  readonly endpoint?: string | undefined
}

/** For the SDK: it takes no key whose value is undefined. */
export const accessConfig = ({ region, credentials, endpoint }: AwsAccess) => ({
  ...(region !== undefined && { region }),
  ...(endpoint !== undefined && { endpoint }),
  ...(credentials !== undefined && {
    credentials: {
      accessKeyId: credentials.accessKeyId,
      secretAccessKey: Redacted.value(credentials.secretAccessKey),
      ...(credentials.sessionToken !== undefined && {
        sessionToken: Redacted.value(credentials.sessionToken)
      })
    }
  })
})
