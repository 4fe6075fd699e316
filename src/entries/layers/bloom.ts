// `order-processing/layers/bloom`: passwords known from breaches, in a file of the package; for Node.
export * as BloomBreachedPasswords from "../../layers/bloom/BloomBreachedPasswords.ts"
