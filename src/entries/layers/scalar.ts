// `order-processing/layers/scalar`: where the script of the interactive documents is, for `createApp({ scalar })`.
export { findScalarScript } from "../../layers/scalar/scalarScript.ts"
