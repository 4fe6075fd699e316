// /api/auth: accounts, codes and sessions.
import { Effect, Option, Redacted, Schema } from "effect"
import { Hono } from "hono"
import { changePassword } from "../../services/accounts/changePassword.ts"
import { changePhone } from "../../services/accounts/changePhone.ts"
import { forgotPassword } from "../../services/accounts/forgotPassword.ts"
import { login } from "../../services/accounts/login.ts"
import { logout } from "../../services/accounts/logout.ts"
import { me } from "../../services/accounts/me.ts"
import { User } from "../../services/accounts/model/Account.ts"
import { readCode } from "../../services/accounts/model/Verification.ts"
import { endSession, endSessions, listSessions } from "../../services/accounts/ownSessions.ts"
import { refresh } from "../../services/accounts/refresh.ts"
import { register } from "../../services/accounts/register.ts"
import { removePhone } from "../../services/accounts/removePhone.ts"
import { resendOtp } from "../../services/accounts/resendOtp.ts"
import { resetPassword } from "../../services/accounts/resetPassword.ts"
import type { Tokens } from "../../services/accounts/steps/issueTokens.ts"
import { verifyOtp } from "../../services/accounts/verifyOtp.ts"
import { SessionId, VerificationId } from "../../services/ids.ts"
import type { ApiEnvironment } from "../context.ts"
import {
  ChangePasswordBody,
  DeviceHeaders,
  ForgotPasswordBody,
  LoginBody,
  PhoneBody,
  RefreshTokenBody,
  RegisterBody,
  ResendOtpBody,
  ResetPasswordBody,
  VerifyOtpBody
} from "../contract/auth.ts"
import { IdParams } from "../contract/fields.ts"
import { run } from "../run.ts"
import { validBody, validHeaders, validPath } from "../validate.ts"

const encodeUser = Schema.encodeSync(User)

const present = ({ accessToken, expiresIn, refreshToken, refreshExpiresIn, user }: Tokens) => ({
  accessToken,
  tokenType: "Bearer",
  expiresIn,
  refreshToken,
  refreshExpiresIn,
  user: encodeUser(user)
})

const codeOf = (given: { readonly verificationId: string; readonly otp: string }) => ({
  verificationId: VerificationId.make(given.verificationId),
  otp: readCode(given.otp)
})

const deviceTokenOf = (headers: { readonly "X-Device-Token"?: string | undefined }) =>
  Option.fromUndefinedOr(headers["X-Device-Token"])

export const auth = new Hono<ApiEnvironment>()
  .post("/register", validBody(RegisterBody), (c) => {
    const { email, password, name } = c.req.valid("json")
    const input = {
      email,
      password: Redacted.make(password),
      name: Option.fromNullishOr(name),
      client: c.get("client")
    }
    return run(
      c,
      Effect.map(register(input), (pending) => c.json(pending, 202))
    )
  })
  .post("/verify-otp", validBody(VerifyOtpBody), (c) => {
    const input = { ...codeOf(c.req.valid("json")), client: c.get("client") }
    return run(
      c,
      Effect.map(verifyOtp(input), (user) => c.json({ user: encodeUser(user) }))
    )
  })
  .post("/resend-otp", validBody(ResendOtpBody), (c) => {
    const verificationId = VerificationId.make(c.req.valid("json").verificationId)
    return run(
      c,
      Effect.map(resendOtp({ verificationId, client: c.get("client") }), (pending) =>
        c.json(pending, 202)
      )
    )
  })
  .post("/login", validHeaders(DeviceHeaders), validBody(LoginBody), (c) => {
    const { email, password } = c.req.valid("json")
    const input = {
      email,
      password: Redacted.make(password),
      client: c.get("client"),
      deviceToken: deviceTokenOf(c.req.valid("header"))
    }
    return run(
      c,
      Effect.map(login(input), ({ deviceToken, ...tokens }) =>
        c.json({ ...present(tokens), deviceToken })
      )
    )
  })
  .post("/refresh", validBody(RefreshTokenBody), (c) =>
    run(
      c,
      Effect.map(refresh(c.req.valid("json").refreshToken), (tokens) => c.json(present(tokens)))
    )
  )
  .post("/logout", validBody(RefreshTokenBody), (c) =>
    run(
      c,
      Effect.map(logout(c.req.valid("json").refreshToken), () => c.body(null, 204))
    )
  )
  .get("/me", (c) =>
    run(
      c,
      Effect.map(me(c.get("principal")), (user) => c.json({ user: encodeUser(user) }))
    )
  )
  .post("/forgot-password", validHeaders(DeviceHeaders), validBody(ForgotPasswordBody), (c) => {
    const { email, channel } = c.req.valid("json")
    const input = {
      email,
      channel: channel ?? "email",
      client: c.get("client"),
      deviceToken: deviceTokenOf(c.req.valid("header"))
    }
    return run(
      c,
      Effect.map(forgotPassword(input), (pending) => c.json(pending, 202))
    )
  })
  .post("/reset-password", validBody(ResetPasswordBody), (c) => {
    const { password, ...code } = c.req.valid("json")
    const input = {
      ...codeOf(code),
      password: Redacted.make(password),
      client: c.get("client")
    }
    return run(
      c,
      Effect.map(resetPassword(input), (token) => c.body(null, 204, { "X-Device-Token": token }))
    )
  })
  .post("/change-password", validBody(ChangePasswordBody), (c) => {
    const { password, newPassword } = c.req.valid("json")
    const input = {
      password: Redacted.make(password),
      newPassword: Redacted.make(newPassword)
    }
    return run(
      c,
      Effect.map(changePassword(c.get("principal"), input), (token) =>
        c.body(null, 204, { "X-Device-Token": token })
      )
    )
  })
  .post("/phone", validBody(PhoneBody), (c) => {
    const input = { ...c.req.valid("json"), client: c.get("client") }
    return run(
      c,
      Effect.map(changePhone(c.get("principal"), input), (pending) => c.json(pending, 202))
    )
  })
  .delete("/phone", (c) =>
    run(
      c,
      Effect.map(removePhone(c.get("principal")), () => c.body(null, 204))
    )
  )
  .get("/sessions", (c) =>
    run(
      c,
      Effect.map(listSessions(c.get("principal")), (items) => c.json({ items }))
    )
  )
  .delete("/sessions", (c) =>
    run(
      c,
      Effect.map(endSessions(c.get("principal")), () => c.body(null, 204))
    )
  )
  .delete("/sessions/:id", validPath(IdParams), (c) =>
    run(
      c,
      Effect.map(endSession(c.get("principal"), SessionId.make(c.req.valid("param").id)), () =>
        c.body(null, 204)
      )
    )
  )
