// /dev: what the embedded mailer and SMS channel "sent". These routes exist only in deployments that
// have the embedded mailbox, since they show the codes of all accounts to every visitor.
import { Effect, Option } from "effect"
import { Shop } from "../../services/mails/Shop.ts"
import type { Mailbox } from "../../services/messaging/Mailbox.ts"
import { mailboxOperations } from "../contract/system.ts"
import { mailboxPage, mailboxPolicy, mailboxScript, mailPolicy } from "../pages/mailboxPage.ts"
import type { Serve } from "../serve.ts"

const htmlType = { "Content-Type": "text/html; charset=UTF-8" }

export const mailboxRoutes = ({ route, page }: Serve, { list, find }: Mailbox["Service"]): void => {
  page("/dev/mailbox", (request) =>
    Effect.map(list, (messages) =>
      request.answer(String(mailboxPage(messages)), 200, {
        ...htmlType,
        "Content-Security-Policy": mailboxPolicy
      })
    )
  )

  route(mailboxOperations.mailbox, ({ request }) =>
    Effect.map(list, (messages) => request.json(messages))
  )

  page("/dev/mailbox.js", (request) =>
    Effect.sync(() =>
      request.answer(mailboxScript, 200, { "Content-Type": "text/javascript; charset=utf-8" })
    )
  )

  page("/dev/mailbox/:id", (request) =>
    Effect.gen(function* () {
      const message = yield* find(Number(request.hono.req.param("id")))
      const { logoUrl } = yield* Shop
      const mail = Option.filter(message, ({ html }) => html !== "")
      if (Option.isNone(mail))
        return request.problem("not_found", {
          detail: "There is no such mail, or none any more.",
          extension: {}
        })
      return request.answer(mail.value.html, 200, {
        ...htmlType,
        "Content-Security-Policy": mailPolicy(logoUrl)
      })
    })
  )
}
