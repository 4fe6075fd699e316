// /api/auth: accounts, codes and sessions.
import { Effect, Redacted } from "effect"
import { Hono } from "hono"
import { changePhone } from "../../services/accounts/changePhone.ts"
import type { Tokens } from "../../services/accounts/issueTokens.ts"
import { login } from "../../services/accounts/login.ts"
import { logout } from "../../services/accounts/logout.ts"
import { me } from "../../services/accounts/me.ts"
import { refresh } from "../../services/accounts/refresh.ts"
import { register } from "../../services/accounts/register.ts"
import { resendOtp } from "../../services/accounts/resendOtp.ts"
import { verifyOtp } from "../../services/accounts/verifyOtp.ts"
import {
  LoginBody,
  PhoneBody,
  RefreshTokenBody,
  RegisterBody,
  ResendOtpBody,
  VerifyOtpBody
} from "../contract/auth.ts"
import type { ApiEnvironment } from "../environment.ts"
import { run } from "../run.ts"
import { validBody } from "../validate.ts"

const present = ({ accessToken, expiresIn, refreshToken, refreshExpiresIn, user }: Tokens) => ({
  accessToken,
  tokenType: "Bearer",
  expiresIn,
  refreshToken,
  refreshExpiresIn,
  user
})

export const auth = new Hono<ApiEnvironment>()
  .post("/register", validBody(RegisterBody), (c) => {
    const { email, password, name = null } = c.req.valid("json")
    const input = { email, password: Redacted.make(password), name, client: c.get("client") }
    return run(
      c,
      Effect.map(register(input), (pending) => c.json(pending, 202))
    )
  })
  .post("/verify-otp", validBody(VerifyOtpBody), (c) =>
    run(
      c,
      Effect.map(verifyOtp({ ...c.req.valid("json"), client: c.get("client") }), (user) =>
        c.json({ user })
      )
    )
  )
  .post("/resend-otp", validBody(ResendOtpBody), (c) =>
    run(
      c,
      Effect.map(resendOtp(c.req.valid("json").verificationId), (pending) => c.json(pending, 202))
    )
  )
  .post("/login", validBody(LoginBody), (c) => {
    const { email, password } = c.req.valid("json")
    const input = { email, password: Redacted.make(password), client: c.get("client") }
    return run(
      c,
      Effect.map(login(input), (tokens) => c.json(present(tokens)))
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
      Effect.map(me(c.get("principal")), (user) => c.json({ user }))
    )
  )
  .post("/phone", validBody(PhoneBody), (c) =>
    run(
      c,
      Effect.map(changePhone(c.get("principal"), c.req.valid("json").phone), (pending) =>
        c.json(pending, 202)
      )
    )
  )
