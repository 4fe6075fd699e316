// `order-processing/layers/scalar`: the script of the interactive documents, for `createApp({ scalar })`.
export { findScalarScript } from "../../layers/scalar/scalarScript.ts"
