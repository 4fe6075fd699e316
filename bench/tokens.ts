// A token for each user of the data set.
import { accessToken } from "./accessToken.ts"
import { users } from "./data.ts"
import { secret } from "./stage.ts"

const tokens = users.map(({ id }) => accessToken(secret, id))

/** Of the user that owns the i-th order. */
export const tokenOf = (i: number): string => tokens[i % tokens.length] ?? ""
