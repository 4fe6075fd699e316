// Who the AWS clients call as: temporary keys from the environment, and what the SDK's chain finds and renews.
import { createHash } from "node:crypto"
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises"
import type { IncomingMessage, ServerResponse } from "node:http"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { text } from "node:stream/consumers"
import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Effect, Layer } from "effect"
import { afterEach, vi } from "vitest"
import { devConfig } from "../../../src/programs/config/config.ts"
import * as live from "../../../src/programs/live/aws.ts"
import { Mailer } from "../../../src/services/messaging/Mailer.ts"
import { OrderQueue } from "../../../src/services/orders/ports/OrderQueue.ts"
import { misbehaving } from "../../misbehaving.ts"

const sha1 = (text: string) => createHash("sha1").update(text).digest("hex")

const hour = 3_600_000

/** The n-th credentials that a stub gives; good for an hour. */
const issued = (n: number) => ({
  id: `AKTEMP${n}`,
  secret: "secret",
  token: `token-${n}`,
  expiration: new Date(Date.now() + hour)
})
type Issued = ReturnType<typeof issued>

const jsonOf = ({ id, secret, token, expiration }: Issued) =>
  JSON.stringify({
    ...{ Code: "Success", Type: "AWS-HMAC", AccessKeyId: id, SecretAccessKey: secret },
    ...{ Token: token, Expiration: expiration.toISOString() }
  })

/** STS's answer to AssumeRoleWithWebIdentity. */
const xmlOf = ({ id, secret, token, expiration }: Issued) =>
  `<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>${id}</AccessKeyId>
  <SecretAccessKey>${secret}</SecretAccessKey><SessionToken>${token}</SessionToken>
  <Expiration>${expiration.toISOString()}</Expiration></Credentials>
  </AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>`

const roleOf = ({ id, secret, token, expiration }: Issued) =>
  JSON.stringify({
    roleCredentials: {
      ...{ accessKeyId: id, secretAccessKey: secret, sessionToken: token },
      expiration: expiration.getTime()
    }
  })

/** Answers as a source of credentials does; false: the request is for the service itself. */
type Source = (request: IncomingMessage, body: string, next: () => Issued) => string | false

/** A server that is SES, SQS and the source of credentials, and who called it as what. */
const awsWith = (source: Source) =>
  Effect.gen(function* () {
    const callers: Array<string> = []
    let count = 0
    const endpoint = yield* misbehaving(async (request, response: ServerResponse) => {
      const body = await text(request)
      const answer = source(request, body, () => issued(++count))
      if (answer !== false) return response.end(answer)
      const key = /Credential=([^/]+)/u.exec(request.headers.authorization ?? "")?.[1]
      callers.push(`${key} ${request.headers["x-amz-security-token"]}`)
      return response.end(
        request.headers["x-amz-target"] === undefined
          ? "<SendEmailResponse><SendEmailResult><MessageId>1</MessageId></SendEmailResult></SendEmailResponse>"
          : "{}"
      )
    })
    return { endpoint, callers }
  })

/** One call of SES and one of SQS, by the ports of a program with this environment. */
const portsAt = (endpoint: string, env: Readonly<Record<string, string>>) =>
  Effect.gen(function* () {
    const { aws } = yield* devConfig.pipe(
      Effect.provide(
        ConfigProvider.layer(
          ConfigProvider.fromEnvRecord({
            ...env,
            AWS_REGION: "us-east-1",
            AWS_ENDPOINT_URL_SES: endpoint,
            AWS_ENDPOINT_URL_SQS: endpoint
          })
        )
      )
    )
    return Layer.merge(
      live.ses(aws, "orders@example.com"),
      live.sqs(aws, { queueUrl: `${endpoint}/1/orders` })
    )
  })

const callBoth = Effect.gen(function* () {
  const mailer = yield* Mailer
  yield* mailer.send({ to: "a@example.com", subject: "s", text: "t", html: "h" })
  const queue = yield* OrderQueue
  yield* queue.receive({ max: 1, waitSeconds: 0, visibilitySeconds: 10 })
})

const emptyEnvironment = [
  ...["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"],
  ...["AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"],
  ...["AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN", "AWS_EC2_METADATA_DISABLED"]
]

const withEnvironment = (env: Readonly<Record<string, string>>) => {
  for (const name of emptyEnvironment) vi.stubEnv(name, undefined)
  vi.stubEnv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
  vi.stubEnv("AWS_CONFIG_FILE", "/dev/null")
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value)
}

const temporaryFolder = Effect.acquireRelease(
  Effect.promise(() => mkdtemp(join(tmpdir(), "aws-"))),
  (folder) => Effect.promise(() => rm(folder, { recursive: true }))
)

const writeAll = async (folder: string, files: Readonly<Record<string, string>>) => {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), content)
  }
}

afterEach(() => {
  vi.unstubAllEnvs()
  vi.useRealTimers()
})

describe("temporary AWS credentials", () => {
  it.live("in the environment are sent with their session token", () =>
    Effect.gen(function* () {
      const { endpoint, callers } = yield* awsWith(() => false)
      const env = {
        AWS_ACCESS_KEY_ID: "AKENV",
        AWS_SECRET_ACCESS_KEY: "secret",
        AWS_SESSION_TOKEN: "token-env"
      }
      withEnvironment(env)
      yield* callBoth.pipe(Effect.provide(yield* portsAt(endpoint, env)))
      assert.deepStrictEqual(callers, ["AKENV token-env", "AKENV token-env"])
    })
  )

  it.live("of a profile take priority over keys", () =>
    Effect.gen(function* () {
      const { endpoint, callers } = yield* awsWith(() => false)
      const folder = yield* temporaryFolder
      const file = join(folder, "credentials")
      yield* Effect.promise(() =>
        writeFile(
          file,
          "[shop]\naws_access_key_id=AKSHOP\naws_secret_access_key=s\naws_session_token=token-shop\n"
        )
      )
      const env = {
        AWS_PROFILE: "shop",
        AWS_ACCESS_KEY_ID: "AKENV",
        AWS_SECRET_ACCESS_KEY: "secret",
        AWS_SHARED_CREDENTIALS_FILE: file
      }
      withEnvironment(env)
      yield* callBoth.pipe(Effect.provide(yield* portsAt(endpoint, env)))
      assert.deepStrictEqual(callers, ["AKSHOP token-shop", "AKSHOP token-shop"])
    })
  )

  interface Renewable {
    readonly source: Source
    readonly env: (endpoint: string, folder: string) => Readonly<Record<string, string>>
    /** What its files hold. */
    readonly files?: Readonly<Record<string, string>>
  }

  const ssoToken = JSON.stringify({
    accessToken: "sso",
    expiresAt: new Date(Date.now() + 24 * hour).toISOString(),
    region: "us-east-1",
    startUrl: "https://sso.example.com/start"
  })

  const renewable: Readonly<Record<string, Renewable>> = {
    "a container's role": {
      source: ({ url }, _body, next) => url === "/container" && jsonOf(next()),
      env: (endpoint) => ({ AWS_CONTAINER_CREDENTIALS_FULL_URI: `${endpoint}/container` })
    },
    "a web identity": {
      source: (_request, body, next) => body.includes("AssumeRoleWithWebIdentity") && xmlOf(next()),
      files: { identity: "a-token" },
      env: (endpoint, folder) => ({
        AWS_ENDPOINT_URL_STS: endpoint,
        AWS_ROLE_ARN: "arn:aws:iam::123456789012:role/orders",
        AWS_WEB_IDENTITY_TOKEN_FILE: join(folder, "identity")
      })
    },
    "an instance's role": {
      source: ({ url = "" }, _body, next) => {
        if (url === "/latest/api/token") return "imds"
        if (url === "/latest/meta-data/iam/security-credentials/") return "orders"
        return url.startsWith("/latest/meta-data/") && jsonOf(next())
      },
      env: (endpoint) => ({ AWS_EC2_METADATA_SERVICE_ENDPOINT: endpoint })
    },
    SSO: {
      source: ({ url = "" }, _body, next) =>
        url.startsWith("/federation/credentials") && roleOf(next()),
      files: {
        config:
          "[profile shop]\nsso_start_url=https://sso.example.com/start\nsso_region=us-east-1\n" +
          "sso_account_id=123456789012\nsso_role_name=orders\n",
        // SHA-1 of the start URL, as the AWS command line names it.
        [`.aws/sso/cache/${sha1("https://sso.example.com/start")}.json`]: ssoToken
      },
      env: (endpoint, folder) => ({
        AWS_PROFILE: "shop",
        AWS_CONFIG_FILE: join(folder, "config"),
        AWS_ENDPOINT_URL_SSO: endpoint,
        HOME: folder
      })
    }
  }

  for (const [name, { source, env, files = {} }] of Object.entries(renewable))
    it.live(`of ${name} are renewed while the process runs`, () =>
      Effect.gen(function* () {
        const { endpoint, callers } = yield* awsWith(source)
        const folder = yield* temporaryFolder
        yield* Effect.promise(() => writeAll(folder, files))
        const variables = env(endpoint, folder)
        withEnvironment(variables)
        vi.useFakeTimers({ toFake: ["Date"] })
        yield* Effect.gen(function* () {
          yield* callBoth
          const before = callers.splice(0)
          // Both clients have asked for themselves.
          assert.deepStrictEqual(before, ["AKTEMP1 token-1", "AKTEMP2 token-2"])
          vi.setSystemTime(Date.now() + 2 * hour)
          yield* callBoth
          assert.deepStrictEqual(callers, ["AKTEMP3 token-3", "AKTEMP4 token-4"])
        }).pipe(Effect.provide(yield* portsAt(endpoint, variables)))
      })
    )
})
