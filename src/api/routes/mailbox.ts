// /dev: what the embedded mailer and SMS channel "sent". These routes exist only in deployments that
// have the embedded mailbox, since they show everybody's codes to anybody.
import { Effect } from "effect"
import { Hono } from "hono"
import type { Mailbox } from "../../services/messaging/Mailbox.ts"
import type { ApiEnvironment } from "../context.ts"
import { mailboxPage, mailboxPolicy, mailboxScript } from "../pages/mailboxPage.ts"
import { run } from "../run.ts"

export const mailbox = ({ list }: Mailbox["Service"]) =>
  new Hono<ApiEnvironment>()
    .get("/mailbox", async (c) => {
      const messages = await run(c, list)
      if (messages instanceof Response) return messages
      return c.html(mailboxPage(messages), 200, { "Content-Security-Policy": mailboxPolicy })
    })
    .get("/mailbox.json", (c) =>
      run(
        c,
        Effect.map(list, (messages) => c.json(messages))
      )
    )
    .get("/mailbox.js", (c) =>
      c.body(mailboxScript, 200, { "Content-Type": "text/javascript; charset=utf-8" })
    )
