// /dev: what the embedded mailer and SMS channel "sent". These routes exist only in deployments that
// have the embedded mailbox, since they show the codes of all accounts to every visitor.
import { Effect } from "effect"
import type { Mailbox } from "../../services/messaging/Mailbox.ts"
import { mailboxOperations } from "../contract/system.ts"
import { mailboxPage, mailboxPolicy, mailboxScript } from "../pages/mailboxPage.ts"
import type { Serve } from "../serve.ts"

export const mailboxRoutes = ({ route, page }: Serve, { list }: Mailbox["Service"]): void => {
  page("/dev/mailbox", (request) =>
    Effect.map(list, (messages) =>
      request.answer(String(mailboxPage(messages)), 200, {
        "Content-Type": "text/html; charset=UTF-8",
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
}
