// `order-processing/layers/zxcvbn`: how many guesses a password takes, and passwords known from breaches in a list of words.
export * as ZxcvbnBreachedPasswords from "../../layers/zxcvbn/ZxcvbnBreachedPasswords.ts"
export * as ZxcvbnPasswordStrength from "../../layers/zxcvbn/ZxcvbnPasswordStrength.ts"
