// `order-processing/layers/bloom`: passwords known from breaches, in a file that comes along; for Node.
export * as BloomBreachedPasswords from "../../layers/bloom/BloomBreachedPasswords.ts"
