// Accounts, codes and sessions: bodies and endpoints.
import * as z from "zod"
import { channels } from "../../services/accounts/model/Verification.ts"
import { roles } from "../../services/Principal.ts"
import {
  Email,
  Id,
  IdParams,
  Locale,
  Otp,
  Password,
  PersonName,
  Phone,
  Timestamp,
  Token
} from "./fields.ts"
import { named } from "./operation.ts"

export const RegisterBody = z
  .strictObject({
    email: Email,
    password: Password,
    name: PersonName.nullish(),
    locale: Locale.nullish().meta({
      description:
        "Language of mails and SMS to the user. Without it, the first supported one of `Accept-Language`, or else `en`"
    })
  })
  .meta({ id: "Register" })

export const RegisterHeaders = z.object({
  "Accept-Language": z.string().optional().meta({
    description: "Used if there is no `locale`; languages without texts are ignored",
    example: "de-AT, de;q=0.9, en;q=0.5"
  })
})

export const ProfileBody = z
  .strictObject({
    name: PersonName.nullable().optional().meta({
      description: "`null` removes it; absent, it stays",
      example: "Ada Lovelace"
    }),
    locale: Locale.nullish()
  })
  .meta({ id: "ChangeProfile" })

export const VerifyOtpBody = z
  .strictObject({ verificationId: Id, otp: Otp })
  .meta({ id: "VerifyOtp" })

export const ResendOtpBody = z.strictObject({ verificationId: Id }).meta({ id: "ResendOtp" })

/** A known device can log in also when strangers have used up the limits of the account. */
export const DeviceHeaders = z.object({
  "X-Device-Token": Token.optional().meta({
    description:
      "The newest device token of this account, so that limits used up by strangers do not apply",
    // In a header: ASCII only.
    example: "eyJhbGciOi"
  })
})

const NewDeviceToken = z.string().meta({
  description: "Send this as `X-Device-Token` from now on: earlier device tokens have ended",
  example: "eyJhbGciOiJIUzI1NiJ9"
})

export const LoginBody = z.strictObject({ email: Email, password: Password }).meta({ id: "Login" })

export const RefreshTokenBody = z.strictObject({ refreshToken: Token }).meta({ id: "RefreshToken" })

export const ForgotPasswordBody = z
  .strictObject({
    email: Email,
    channel: z.enum(channels).nullish().meta({
      default: "email",
      description:
        "How the code is sent. `sms` is sent only to a verified phone. A person who takes over its number (a SIM swap) gets the code, so setting a phone needs a verified email and a recent login, and the owner gets a mail."
    })
  })
  .meta({ id: "ForgotPassword" })

export const ResetPasswordBody = z
  .strictObject({ verificationId: Id, otp: Otp, password: Password })
  .meta({ id: "ResetPassword" })

export const ChangePasswordBody = z
  .strictObject({
    password: Password.meta({ description: "The current one" }),
    newPassword: Password
  })
  .meta({ id: "ChangePassword" })

export const PhoneBody = z.strictObject({ phone: Phone }).meta({ id: "ChangePhone" })

export const PendingVerification = z
  .object({
    verificationId: Id,
    expiresAt: Timestamp.meta({ description: "The code is valid until this time" }),
    resendAt: Timestamp.meta({ description: "The time from which a new code may be requested" })
  })
  .meta({ id: "PendingVerification" })

export const User = z
  .object({
    id: Id,
    email: z.string().meta({ example: "ada@example.com" }),
    name: z.string().nullable().meta({ example: "Ada Lovelace" }),
    phone: z
      .string()
      .nullable()
      .meta({ description: "E.164, proven by a code", example: "+14155550123" }),
    role: z.enum(roles),
    locale: Locale,
    createdAt: Timestamp
  })
  .meta({ id: "User" })

export const UserBody = z.object({ user: User }).meta({ id: "UserBody" })

/** Shortened. */
const tokenExample = "eyJhbGciOiJIUzI1NiJ9…"

export const Tokens = z
  .object({
    accessToken: z.string().meta({ example: tokenExample }),
    tokenType: z.literal("Bearer"),
    expiresIn: z.int().meta({ description: "Seconds", example: 900 }),
    refreshToken: z.string().meta({ example: tokenExample }),
    refreshExpiresIn: z.int().meta({ description: "Seconds", example: 1209600 }),
    user: User
  })
  .meta({ id: "Tokens" })

export const LoginTokens = Tokens.extend({
  deviceToken: z.string().meta({
    description:
      "Store it on the device and send it as `X-Device-Token` with logins and resets; valid for 90 days, or until the password is set again",
    example: tokenExample
  })
}).meta({ id: "LoginTokens" })

const Session = z
  .object({
    id: Id,
    createdAt: Timestamp.meta({ description: "When it was logged in" }),
    lastUsedAt: Timestamp.meta({ description: "The time of the last refresh, or of the login" }),
    expiresAt: Timestamp.meta({ description: "When it ends without a further refresh" }),
    current: z.boolean().meta({ description: "Whether it is the caller's session", example: true })
  })
  .meta({ id: "Session" })

export const SessionList = z.object({ items: z.array(Session) }).meta({ id: "Sessions" })

const exampleId = "0198c0de5a7e4b1f9d3c2a6b8e0f4d71"

export const authOperations = named({
  register: {
    tag: "Accounts",
    method: "post",
    path: "/api/auth/register",
    caller: "anyone",
    summary: "Ask for an account",
    description:
      "Sends a code to the address; the account is created when the code has verified it. The answer is the same for an address with an account, whose owner gets a mail that says so.",
    headers: RegisterHeaders,
    body: RegisterBody,
    example: { email: "ada@example.com", password: "correct horse battery", name: "Ada Lovelace" },
    answers: { 202: { description: "A code is on its way", body: PendingVerification } },
    errors: ["weak_password"]
  },
  verifyOtp: {
    tag: "Accounts",
    method: "post",
    path: "/api/auth/verify-otp",
    caller: "anyone",
    summary: "Verify an address or a phone with its code",
    description:
      "Each code works once. Until it expires, the same request gets the first answer again and changes nothing; its attempt counts. For a phone this holds only while it is the account's phone.",
    body: VerifyOtpBody,
    example: { verificationId: exampleId, otp: "123456" },
    answers: { 200: { description: "Proven", body: UserBody } },
    errors: ["invalid_otp", "verification_expired", "too_many_attempts"]
  },
  resendOtp: {
    tag: "Accounts",
    method: "post",
    path: "/api/auth/resend-otp",
    caller: "anyone",
    summary: "Send a new code",
    description: "The previous code is no longer valid. Earlier attempts stay counted.",
    body: ResendOtpBody,
    example: { verificationId: exampleId },
    answers: { 202: { description: "A new code is on its way", body: PendingVerification } },
    errors: ["verification_expired", "too_many_attempts"]
  },
  login: {
    tag: "Accounts",
    method: "post",
    path: "/api/auth/login",
    caller: "anyone",
    summary: "Log in",
    description:
      "Send the `deviceToken` as `X-Device-Token` with later logins and resets from the same device.",
    headers: DeviceHeaders,
    body: LoginBody,
    example: { email: "ada@example.com", password: "correct horse battery" },
    answers: { 200: { description: "Logged in", body: LoginTokens } },
    errors: ["invalid_credentials"]
  },
  refresh: {
    tag: "Accounts",
    method: "post",
    path: "/api/auth/refresh",
    caller: "session",
    summary: "Exchange a refresh token for the next pair of tokens",
    description:
      "Each refresh token works once. The previous one gets the current one again for 30 seconds, and once more within 24 hours if the current one was not used yet, since the answer may be lost. Any other token ends the session.",
    body: RefreshTokenBody,
    example: { refreshToken: "eyJhbGciOi…" },
    answers: { 200: { description: "The next tokens", body: Tokens } },
    errors: ["invalid_token", "session_revoked"]
  },
  logout: {
    tag: "Accounts",
    method: "post",
    path: "/api/auth/logout",
    caller: "session",
    summary: "End a session",
    description:
      "Ends the session of the refresh token, also if it has ended already. An access token stays valid for up to 15 minutes.",
    body: RefreshTokenBody,
    example: { refreshToken: "eyJhbGciOi…" },
    answers: { 204: { description: "Ended" } },
    errors: []
  },
  me: {
    tag: "Accounts",
    method: "get",
    path: "/api/auth/me",
    caller: "user",
    summary: "Who am I",
    answers: { 200: { description: "The user", body: UserBody } },
    errors: []
  },
  changeProfile: {
    tag: "Accounts",
    method: "patch",
    path: "/api/auth/me",
    caller: "user",
    summary: "Change one's name and language",
    description:
      "Absent fields stay as they are; `null` removes the name. Both are used from the next mail on.",
    body: ProfileBody,
    example: { locale: "de" },
    answers: { 200: { description: "The user as changed", body: UserBody } },
    errors: []
  },
  forgotPassword: {
    tag: "Accounts",
    method: "post",
    path: "/api/auth/forgot-password",
    caller: "anyone",
    summary: "Request a code that sets a new password",
    description:
      "The answer is the same for every address. A code is sent to an address with an account, or by SMS to the account's verified phone. An address gets five codes in an hour. After that, all requests by mail of the same five minutes share one code, which is mailed once. The code of the newest mail is valid.",
    headers: DeviceHeaders,
    body: ForgotPasswordBody,
    example: { email: "ada@example.com" },
    answers: {
      202: {
        description: "If there is such an account, a code is on its way",
        body: PendingVerification
      }
    },
    errors: ["channel_unavailable"]
  },
  resetPassword: {
    tag: "Accounts",
    method: "post",
    path: "/api/auth/reset-password",
    caller: "anyone",
    summary: "Set a new password with a code",
    description:
      "Every session of the user ends, and the owner gets a mail. A refused password does not count as an attempt. Each code sets one password: until it expires, the same request gets the first answer again and changes nothing, and a request with another password is refused.",
    body: ResetPasswordBody,
    example: { verificationId: exampleId, otp: "123456", password: "another correct horse" },
    answers: { 204: { description: "Set", headers: { "X-Device-Token": NewDeviceToken } } },
    errors: ["invalid_otp", "verification_expired", "too_many_attempts", "weak_password"]
  },
  changePassword: {
    tag: "Accounts",
    method: "post",
    path: "/api/auth/change-password",
    caller: "user",
    summary: "Set a new password with the current one",
    description:
      "The user's other sessions end, and the owner gets a mail. A session may send ten wrong passwords in 15 minutes.",
    body: ChangePasswordBody,
    example: { password: "correct horse battery", newPassword: "another correct horse" },
    answers: { 204: { description: "Set", headers: { "X-Device-Token": NewDeviceToken } } },
    errors: ["invalid_credentials", "weak_password"]
  },
  changePhone: {
    tag: "Accounts",
    method: "post",
    path: "/api/auth/phone",
    caller: "user",
    summary: "Set the phone number",
    description:
      "Sends a code by SMS; the number is set when verify-otp has verified it. A thief who takes over a verified number (a SIM swap) can set a new password by SMS, so the account needs a verified email, and the login of the session must be at most 15 minutes old. A change of the password ends the code, and so does DELETE on this path.",
    body: PhoneBody,
    example: { phone: "+14155550123" },
    answers: { 202: { description: "A code is on its way", body: PendingVerification } },
    errors: ["channel_unavailable", "login_required"]
  },
  removePhone: {
    tag: "Accounts",
    method: "delete",
    path: "/api/auth/phone",
    caller: "user",
    summary: "Remove the phone number",
    description:
      "Codes that were sent to it no longer set a new password, pending codes no longer verify a number, and the owner gets a mail. Succeeds also without a phone. The login of the session must be at most 15 minutes old.",
    answers: { 204: { description: "There is none any more" } },
    errors: ["login_required"]
  },
  listSessions: {
    tag: "Accounts",
    method: "get",
    path: "/api/auth/sessions",
    caller: "user",
    summary: "List one's sessions",
    description:
      "One for each session that has neither ended nor expired. There are at most 100: one more login ends the least recently used session.",
    answers: { 200: { description: "Newest first", body: SessionList } },
    errors: []
  },
  endSessions: {
    tag: "Accounts",
    method: "delete",
    path: "/api/auth/sessions",
    caller: "user",
    summary: "End all of one's sessions",
    description:
      "This includes the caller's session. Refresh tokens end immediately; access tokens stay valid for up to 15 minutes.",
    answers: { 204: { description: "Ended" } },
    errors: []
  },
  endSession: {
    tag: "Accounts",
    method: "delete",
    path: "/api/auth/sessions/:id",
    caller: "user",
    summary: "End one of one's sessions",
    params: IdParams,
    answers: { 204: { description: "Ended" } },
    errors: ["not_found"]
  }
})
