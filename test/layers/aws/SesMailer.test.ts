import { subscribe, unsubscribe } from "node:diagnostics_channel"
import type { ClientRequest, IncomingMessage } from "node:http"
import { text } from "node:stream/consumers"
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber, Layer, Option, Redacted } from "effect"
import { TestClock } from "effect/testing"
import { vi } from "vitest"
import * as SesClient from "../../../src/layers/aws/SesClient.ts"
import * as SesMailer from "../../../src/layers/aws/SesMailer.ts"
import {
  type Mail,
  Mailer,
  type MailerError,
  sendTimeoutSeconds
} from "../../../src/services/messaging/Mailer.ts"
import { type SesFault, sesControl } from "../../../tools/harness/ses-control.ts"
import { freshAddress, Inbox, mailerContract, mailTo } from "../../contract/mailer.ts"
import { misbehaving, nobodyListens } from "../../misbehaving.ts"
import { spoken } from "../../spoken.ts"
import { describeWith } from "../../suite.ts"

const sender = "Orders <orders@example.com>"

const sesClientAt = (endpoint: string) =>
  SesClient.layer({
    region: "us-east-1",
    endpoint,
    credentials: { accessKeyId: "AKCANARY", secretAccessKey: Redacted.make("CANARY-secret") }
  })

const mailerAt = (endpoint: string) =>
  SesMailer.layer({ sender }).pipe(Layer.provide(sesClientAt(endpoint)))

const send = (mail: Mail) => Mailer.use((mailer) => mailer.send(mail))

const outcome = ({ reason, mayBeSent }: MailerError) => ({ reason, mayBeSent })

describeWith(["ses"], "SES", ({ ses }) => {
  const control = sesControl(ses.endpoint)
  const layer = mailerAt(ses.endpoint)

  mailerContract(
    "Mailer on SES",
    Layer.merge(
      layer,
      Layer.succeed(Inbox, {
        mailsTo: (address) =>
          Effect.map(
            Effect.promise(() => control.inbox({ to: address })),
            (mails) =>
              mails.map(({ to, replyTo, subject, text = "", html = "" }) => ({
                to: to.join(),
                ...(replyTo.length === 0 ? {} : { replyTo: replyTo.join() }),
                subject,
                text,
                html
              }))
          )
      })
    )
  )

  it.live("mails come from the configured sender", () =>
    Effect.gen(function* () {
      const to = freshAddress()
      yield* send(mailTo(to))
      const [mail] = yield* Effect.promise(() => control.inbox({ to }))
      assert.strictEqual(mail?.from, sender)
    }).pipe(Effect.provide(layer))
  )

  const faults = [
    ["throttling", "throttled", false, 0],
    ["rejected", "rejected", false, 0],
    ["error500", "unavailable", false, 0],
    ["reset", "unavailable", true, 0],
    ["deliver-then-reset", "unavailable", true, 1]
  ] as const satisfies ReadonlyArray<readonly [SesFault, MailerError["reason"], boolean, number]>
  for (const [fault, reason, mayBeSent, sent] of faults)
    it.live(`${fault} is "${reason}", may be sent: ${mayBeSent}, and tried once`, () =>
      Effect.gen(function* () {
        const to = freshAddress()
        yield* Effect.promise(() => control.inject({ fault, to }))
        assert.deepStrictEqual(outcome(yield* Effect.flip(send(mailTo(to)))), { reason, mayBeSent })
        assert.lengthOf(yield* Effect.promise(() => control.calls(to)), 1)
        assert.lengthOf(yield* Effect.promise(() => control.inbox({ to })), sent)
        yield* send(mailTo(to))
        assert.lengthOf(yield* Effect.promise(() => control.inbox({ to })), sent + 1)
      }).pipe(Effect.provide(layer))
    )
})

/** What Node's client of HTTP does while the scope lasts: one for each request that got an answer. */
const exchanges = Effect.gen(function* () {
  const seen: Array<Exchange> = []
  const see = (message: unknown) => seen.push(message as Exchange)
  yield* Effect.acquireRelease(
    Effect.sync(() => subscribe("http.client.response.finish", see)),
    () => Effect.sync(() => unsubscribe("http.client.response.finish", see))
  )
  return seen
})
interface Exchange {
  readonly request: ClientRequest
  readonly response: IncomingMessage
}

/** What a mail costs depends on these, not on their values. */
const shapeOf = ({ request, response }: Exchange) => ({
  method: request.method,
  path: request.path,
  headers: request.getHeaderNames().toSorted(),
  signed: String(request.getHeader("authorization")).replace(/Signature=.*/u, ""),
  bytes: request.getHeader("content-length"),
  kept: request.reusedSocket,
  listeners: request.socket?.listenerCount("error"),
  status: response.statusCode,
  type: response.headers["content-type"]
})

const accepted =
  "<SendEmailResponse><SendEmailResult><MessageId>1</MessageId></SendEmailResult></SendEmailResponse>"

describe("a rehearsal", () => {
  it.live("needs no answer of SES", () => {
    const layer = Layer.unwrap(Effect.map(nobodyListens, mailerAt))
    return Effect.gen(function* () {
      const mailer = yield* Mailer
      yield* mailer.rehearse(mailTo("a@example.com"))
      const error = yield* Effect.flip(mailer.send(mailTo("a@example.com")))
      assert.deepStrictEqual(outcome(error), { reason: "unavailable", mayBeSent: false })
    }).pipe(Effect.provide(layer))
  })

  it.live(
    "signs the same request as a mail, and reads a response over a keep-alive connection",
    () =>
      Effect.gen(function* () {
        const endpoint = yield* misbehaving((request, response) => {
          request
            .resume()
            .once("end", () =>
              response.writeHead(200, { "content-type": "text/xml" }).end(accepted)
            )
        })
        const seen = yield* exchanges
        // More than a socket's buffer takes.
        const mail = { ...mailTo("a@example.com"), text: "Thank you. ".repeat(20_000) }
        yield* Effect.gen(function* () {
          const mailer = yield* Mailer
          for (const act of [mailer.send, mailer.rehearse])
            for (let i = 0; i < 3; i++) yield* act(mail)
        }).pipe(Effect.provide(mailerAt(endpoint)))
        const shapes = seen.map(shapeOf)
        assert.lengthOf(shapes, 6)
        assert.deepStrictEqual(shapes.slice(3), shapes.slice(0, 3))
        assert.deepStrictEqual(
          shapes.slice(3).map(({ kept }) => kept),
          [false, true, true]
        )
        assert.include(shapes[3]?.signed, "Credential=AKCANARY/")
      })
  )

  it.live("shares the credentials of mails, without fetching them again", () =>
    Effect.gen(function* () {
      let asked = 0
      const endpoint = yield* misbehaving((request, response) => {
        request.resume().once("end", () => {
          if (request.url !== "/credentials") return response.writeHead(200).end(accepted)
          asked += 1
          const Expiration = new Date(Date.now() + 3_600_000).toISOString()
          const keys = { AccessKeyId: "AKROLE", SecretAccessKey: "CANARY", Token: "CANARY" }
          return response.end(JSON.stringify({ ...keys, Expiration }))
        })
      })
      vi.stubEnv("AWS_ACCESS_KEY_ID", undefined)
      vi.stubEnv("AWS_PROFILE", undefined)
      vi.stubEnv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
      vi.stubEnv("AWS_CONFIG_FILE", "/dev/null")
      vi.stubEnv("AWS_CONTAINER_CREDENTIALS_FULL_URI", `${endpoint}/credentials`)
      const ofARole = SesMailer.layer({ sender }).pipe(
        Layer.provide(SesClient.layer({ region: "us-east-1", endpoint }))
      )
      yield* Effect.gen(function* () {
        const mailer = yield* Mailer
        yield* mailer.send(mailTo("a@example.com"))
        yield* mailer.rehearse(mailTo("a@example.com"))
        assert.strictEqual(asked, 1)
      }).pipe(Effect.provide(ofARole), Effect.ensuring(Effect.sync(() => vi.unstubAllEnvs())))
    })
  )
})

describe("a request to SES", () => {
  it.live("says that its texts are UTF-8", () =>
    Effect.gen(function* () {
      const body = yield* Deferred.make<URLSearchParams>()
      const endpoint = yield* misbehaving((request, response) => {
        text(request).then((form) => {
          Deferred.doneUnsafe(body, Effect.succeed(new URLSearchParams(form)))
          response.end()
        })
      })
      yield* Effect.exit(send(mailTo("a@example.com"))).pipe(Effect.provide(mailerAt(endpoint)))
      const form = yield* Deferred.await(body)
      for (const part of ["Subject", "Body.Text", "Body.Html"])
        assert.strictEqual(form.get(`Message.${part}.Charset`), "UTF-8")
    })
  )
})

describe("SES that does not answer as it should", () => {
  const answers = (status: number, type: string, body: string) =>
    misbehaving((_request, response) =>
      response.writeHead(status, { "content-type": type }).end(body)
    )
  const refusal = (code: string, message: string) =>
    `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`

  const failsAs = (
    endpoint: string,
    expected: { readonly reason: MailerError["reason"]; readonly mayBeSent: boolean }
  ) =>
    Effect.gen(function* () {
      const failure = yield* Effect.flip(send(mailTo("a@example.com")))
      assert.deepStrictEqual(outcome(failure), expected)
    }).pipe(Effect.provide(mailerAt(endpoint)))

  it.effect("gets 7.5 s; then the request is aborted, and the mail may have been sent", () =>
    Effect.gen(function* () {
      const came = yield* Deferred.make<void>()
      const ended = yield* Deferred.make<void>()
      const endpoint = yield* misbehaving((request) => {
        request.socket.once("close", () => Deferred.doneUnsafe(ended, Effect.void))
        Deferred.doneUnsafe(came, Effect.void)
      })
      const sending = yield* Effect.forkChild(
        Effect.flip(send(mailTo("a@example.com"))).pipe(Effect.provide(mailerAt(endpoint)))
      )
      yield* Deferred.await(came)
      yield* TestClock.adjust("7499 millis")
      assert.isUndefined(sending.pollUnsafe())
      yield* TestClock.adjust("1 millis")
      const failure = yield* Fiber.join(sending)
      assert.deepStrictEqual(outcome(failure), { reason: "unavailable", mayBeSent: true })
      yield* Deferred.await(ended)
      assert.isBelow(7.5, sendTimeoutSeconds)
    })
  )

  it.live("aborts the request when the caller is interrupted", () =>
    Effect.gen(function* () {
      const came = yield* Deferred.make<void>()
      const ended = yield* Deferred.make<void>()
      const endpoint = yield* misbehaving((request) => {
        request.socket.once("close", () => Deferred.doneUnsafe(ended, Effect.void))
        Deferred.doneUnsafe(came, Effect.void)
      })
      yield* Effect.gen(function* () {
        const sending = yield* Effect.forkChild(send(mailTo("a@example.com")))
        yield* Deferred.await(came)
        yield* Fiber.interrupt(sending)
        yield* Deferred.await(ended)
      }).pipe(Effect.provide(mailerAt(endpoint)))
    })
  )

  it.live("refuses connections: nothing was sent", () =>
    Effect.gen(function* () {
      yield* failsAs(yield* nobodyListens, { reason: "unavailable", mayBeSent: false })
    })
  )

  it.live("has no address: nothing was sent", () =>
    failsAs("http://ses.invalid", { reason: "unavailable", mayBeSent: false })
  )

  it.live("is a gateway that fails: it is unknown whether the mail was sent", () =>
    Effect.gen(function* () {
      for (const status of [500, 502, 503, 504])
        for (const body of ["", "<html>Bad gateway</html>", '{"message":"no"}'])
          yield* failsAs(yield* answers(status, "text/html", body), {
            reason: "unavailable",
            mayBeSent: true
          })
    })
  )

  it.live("is a page that answers 200 to everything: it is unknown whether the mail was sent", () =>
    Effect.gen(function* () {
      for (const body of ["", "<html>Welcome</html>", "{}"])
        yield* failsAs(yield* answers(200, "text/html", body), {
          reason: "unavailable",
          mayBeSent: true
        })
    })
  )

  it.live("rejects the sender: an operator's problem, not this mail's", () =>
    Effect.gen(function* () {
      const message = "Email address is not verified. The following identities failed the check"
      yield* failsAs(
        yield* answers(
          400,
          "text/xml",
          refusal("MessageRejected", `${message}: ORDERS@example.com`)
        ),
        { reason: "denied", mayBeSent: false }
      )
      yield* failsAs(
        yield* answers(400, "text/xml", refusal("MessageRejected", `${message}: a@example.com`)),
        { reason: "denied", mayBeSent: false }
      )
    })
  )

  it.live("refuses mails of a paused account: readiness says so, without the reason", () =>
    Effect.gen(function* () {
      let paused = true
      const quota = `<GetSendQuotaResponse><GetSendQuotaResult><Max24HourSend>200.0</Max24HourSend>
        <SentLast24Hours>1.0</SentLast24Hours></GetSendQuotaResult></GetSendQuotaResponse>`
      const endpoint = yield* misbehaving((request, response) => {
        text(request).then((form) => {
          const isMail = form.includes("Action=SendEmail")
          const body = isMail ? accepted : quota
          if (isMail && paused)
            response
              .writeHead(400, { "content-type": "text/xml" })
              .end(refusal("MessageRejected", "Sending paused for this account. CANARY"))
          else response.writeHead(200, { "content-type": "text/xml" }).end(body)
        })
      })
      yield* Effect.gen(function* () {
        const { problem } = yield* SesClient.SesClient
        assert.isTrue(Option.isNone(yield* problem))
        const error = yield* Effect.flip(send(mailTo("a@example.com")))
        assert.deepStrictEqual(outcome(error), { reason: "denied", mayBeSent: false })
        assert.include(String(error.cause), "Sending paused for this account")
        assert.deepStrictEqual(yield* problem, Option.some("SES refuses mails for now"))
        yield* Mailer.use((mailer) => mailer.rehearse(mailTo("a@example.com")))
        assert.isTrue(Option.isSome(yield* problem))
        paused = false
        yield* send(mailTo("a@example.com"))
        assert.isTrue(Option.isNone(yield* problem))
      }).pipe(
        Effect.provide(SesMailer.layer({ sender }).pipe(Layer.provideMerge(sesClientAt(endpoint))))
      )
    })
  )

  it.live("has a clock that is 20 minutes off: the first mail of a process is signed again", () =>
    Effect.gen(function* () {
      for (const minutes of [-20, 20]) {
        let requests = 0
        const endpoint = yield* misbehaving((request, response) => {
          requests += 1
          const time = Date.now() + minutes * 60_000
          const signed = String(request.headers["x-amz-date"]).replace(
            /^(....)(..)(..T..)(..)(..Z)$/u,
            "$1-$2-$3:$4:$5"
          )
          response.setHeader("date", new Date(time).toUTCString())
          request
            .resume()
            .once("end", () =>
              Math.abs(Date.parse(signed) - time) < 300_000
                ? response.end(accepted)
                : response.writeHead(403).end(refusal("SignatureDoesNotMatch", "Signature expired"))
            )
        })
        yield* Effect.gen(function* () {
          yield* send(mailTo("a@example.com"))
          assert.strictEqual(requests, 2)
          yield* send(mailTo("a@example.com"))
          assert.strictEqual(requests, 3)
        }).pipe(Effect.provide(mailerAt(endpoint)))
      }
    })
  )

  it.live("refuses a signature for another reason: it is not signed again", () =>
    Effect.gen(function* () {
      let requests = 0
      const endpoint = yield* misbehaving((_request, response) => {
        requests += 1
        response.writeHead(403).end(refusal("SignatureDoesNotMatch", "no"))
      })
      yield* failsAs(endpoint, { reason: "denied", mayBeSent: false })
      assert.strictEqual(requests, 1)
    })
  )

  it.live("quotes signed headers in a refusal: the error does not contain them", () =>
    Effect.gen(function* () {
      const endpoint = yield* answers(
        403,
        "text/xml",
        refusal("SignatureDoesNotMatch", "x-amz-security-token:CANARY-token, AKCANARY")
      )
      const words = yield* spoken(
        send({ ...mailTo("a@example.com"), text: "Code CANARY-123456" })
      ).pipe(Effect.provide(mailerAt(endpoint)))
      assert.include(words, "SignatureDoesNotMatch")
      assert.include(words, "denied")
      assert.notInclude(words, "CANARY")
    })
  )

  it.live("is unreachable: the error contains neither keys nor the mail", () =>
    Effect.gen(function* () {
      const endpoint = yield* misbehaving((request) => request.socket.resetAndDestroy())
      const words = yield* spoken(
        send({ ...mailTo("a@example.com"), text: "Code CANARY-123456" })
      ).pipe(Effect.provide(mailerAt(endpoint)))
      assert.include(words, "ECONNRESET")
      assert.notInclude(words, "CANARY")
    })
  )
})
