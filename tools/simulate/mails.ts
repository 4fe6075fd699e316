// Which order a mail or a message is about.
import type { Mail } from "../../src/services/messaging/Mailer.ts"

const orderId = /[0-9a-f]{32}/u

export const orderOfMail = ({ subject }: Mail): string => orderId.exec(subject)?.[0] ?? ""

export const orderOfBody = (body: string): string => orderId.exec(body)?.[0] ?? ""
