// The words that an attacker who knows this service and the account would try (OWASP ASVS 5.0, 6.1.2). A deployment
// with its own name or products adds them here.

/** The service's name, subjects and roles. Lower case. */
const serviceWords = ["processing", "orders", "order", "admin"]

/** The products of the small catalogue. */
const productWords = ["coffee", "filter", "grinder", "kettle", "mug"]

/** Shorter words are part of too many others. */
const minWordLength = 3

/**
 * They don't count towards the length of a password. Lower case, the longest first: a word may contain
 * another. `email` is normalized.
 */
export const contextWords = (email: string): ReadonlyArray<string> => {
  const at = email.lastIndexOf("@")
  const local = email.slice(0, at)
  const domain = email.slice(at + 1)
  // "ada.lovelace+shop" is known by each of its parts too.
  const names = local.split(/[^\p{L}\p{N}]+/u)
  // The last label is "com" and its like.
  const labels = domain.split(".").slice(0, -1)
  return [email, local, domain, ...names, ...labels, ...serviceWords]
    .filter((word) => word.length >= minWordLength)
    .sort((a, b) => b.length - a.length)
}

/** What an estimate takes for the first guesses. Goods among them: their names are part of many phrases. */
export const guessableWords = (email: string): ReadonlyArray<string> => [
  ...contextWords(email),
  ...productWords
]
