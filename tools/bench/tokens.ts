// A token for each user of the data set, which lives on for longer than any load takes.
import { accessTokenSecret } from "../harness/deployment.ts"
import { accessToken, lifeSeconds } from "./accessToken.ts"
import { users } from "./data.ts"

const signed = () => ({
  at: Date.now(),
  tokens: users.map(({ id }) => accessToken(accessTokenSecret, id))
})
let latest = signed()

/** Of the user that owns the i-th order. For a load that begins now: a run outlasts the tokens. */
export const tokenOf = (i: number): string => {
  if (Date.now() - latest.at > (lifeSeconds * 1000) / 3) latest = signed()
  return latest.tokens[i % latest.tokens.length] ?? ""
}
