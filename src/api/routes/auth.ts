// /api/auth: accounts, codes and sessions.
import { Effect, Option, Redacted, Schema } from "effect"
import { changePassword } from "../../services/accounts/changePassword.ts"
import { changePhone } from "../../services/accounts/changePhone.ts"
import { changeProfile } from "../../services/accounts/changeProfile.ts"
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
import { acceptedLocale } from "../acceptedLocale.ts"
import { authOperations as operations } from "../contract/auth.ts"
import type { Serve } from "../serve.ts"

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

export const authRoutes = ({ route }: Serve): void => {
  route(operations.register, ({ request, headers, body: { email, password, name, locale } }) => {
    const registering = register({
      email,
      password: Redacted.make(password),
      name: Option.fromNullishOr(name),
      locale: locale ?? acceptedLocale(headers["Accept-Language"]),
      client: request.address
    })
    return Effect.map(registering, (pending) => request.json(pending, 202))
  })

  route(operations.verifyOtp, ({ request, body }) =>
    Effect.map(verifyOtp({ ...codeOf(body), client: request.address }), (user) =>
      request.json({ user: encodeUser(user) })
    )
  )

  route(operations.resendOtp, ({ request, body }) => {
    const verificationId = VerificationId.make(body.verificationId)
    return Effect.map(resendOtp({ verificationId, client: request.address }), (pending) =>
      request.json(pending, 202)
    )
  })

  route(operations.login, ({ request, headers, body: { email, password } }) => {
    const loggingIn = login({
      email,
      password: Redacted.make(password),
      client: request.address,
      deviceToken: deviceTokenOf(headers)
    })
    return Effect.map(loggingIn, ({ deviceToken, ...tokens }) =>
      request.json({ ...present(tokens), deviceToken })
    )
  })

  route(operations.refresh, ({ request, body }) =>
    Effect.map(refresh(body.refreshToken), (tokens) => request.json(present(tokens)))
  )

  route(operations.logout, ({ request, body }) =>
    Effect.map(logout(body.refreshToken), () => request.answer(null, 204))
  )

  route(operations.me, ({ request, principal }) =>
    Effect.map(me(principal), (user) => request.json({ user: encodeUser(user) }))
  )

  route(operations.changeProfile, ({ request, principal, body: { name, locale } }) => {
    const changing = changeProfile(principal, {
      ...(name === undefined ? {} : { name: Option.fromNullOr(name) }),
      ...(locale === undefined || locale === null ? {} : { locale })
    })
    return Effect.map(changing, (user) => request.json({ user: encodeUser(user) }))
  })

  route(operations.forgotPassword, ({ request, headers, body: { email, channel } }) => {
    const forgetting = forgotPassword({
      email,
      channel: channel ?? "email",
      client: request.address,
      deviceToken: deviceTokenOf(headers)
    })
    return Effect.map(forgetting, (pending) => request.json(pending, 202))
  })

  route(operations.resetPassword, ({ request, body: { password, ...code } }) => {
    const resetting = resetPassword({
      ...codeOf(code),
      password: Redacted.make(password),
      client: request.address
    })
    return Effect.map(resetting, (token) => request.answer(null, 204, { "X-Device-Token": token }))
  })

  route(operations.changePassword, ({ request, principal, body }) => {
    const changing = changePassword(principal, {
      password: Redacted.make(body.password),
      newPassword: Redacted.make(body.newPassword)
    })
    return Effect.map(changing, (token) => request.answer(null, 204, { "X-Device-Token": token }))
  })

  route(operations.changePhone, ({ request, principal, body }) =>
    Effect.map(changePhone(principal, { ...body, client: request.address }), (pending) =>
      request.json(pending, 202)
    )
  )

  route(operations.removePhone, ({ request, principal }) =>
    Effect.map(removePhone(principal), () => request.answer(null, 204))
  )

  route(operations.listSessions, ({ request, principal }) =>
    Effect.map(listSessions(principal), (items) => request.json({ items }))
  )

  route(operations.endSessions, ({ request, principal }) =>
    Effect.map(endSessions(principal), () => request.answer(null, 204))
  )

  route(operations.endSession, ({ request, principal, params }) =>
    Effect.map(endSession(principal, SessionId.make(params.id)), () => request.answer(null, 204))
  )
}
