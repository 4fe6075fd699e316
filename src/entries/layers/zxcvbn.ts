// `order-processing/layers/zxcvbn`: the number of guesses that a password takes, and a word list of passwords known
// from breaches.
export * as ZxcvbnBreachedPasswords from "../../layers/zxcvbn/ZxcvbnBreachedPasswords.ts"
export * as ZxcvbnPasswordStrength from "../../layers/zxcvbn/ZxcvbnPasswordStrength.ts"
