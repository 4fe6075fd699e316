// `order-processing/layers/hibp`: passwords known from breaches, asked of Have I Been Pwned.
export * as HibpBreachedPasswords from "../../layers/hibp/HibpBreachedPasswords.ts"
