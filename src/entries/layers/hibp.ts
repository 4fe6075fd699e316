// `order-processing/layers/hibp`: passwords known from breaches, by requests to Have I Been Pwned.
export * as HibpBreachedPasswords from "../../layers/hibp/HibpBreachedPasswords.ts"
