// What the counting SES tells of itself, and on which clock.

export interface SentMail {
  readonly subject: string
  /** `monotonicMs` when it had arrived whole. */
  readonly at: number
}

export interface MailCount {
  readonly mails: number
  /** `monotonicMs` of the mail that was waited for, or of the last one. */
  readonly at: number
}

/** Milliseconds of the machine's monotonic clock, the same in all of its processes. */
export const monotonicMs = (): number => Number(process.hrtime.bigint()) / 1e6
