// The members that problem documents of some codes have in addition to the common ones.
import * as z from "zod"
import type { ProblemCode } from "../../http/problems.ts"
import { Sku } from "./fields.ts"

export const FieldError = z.object({
  path: z.string().meta({ example: "body.items[0].quantity" }),
  message: z.string().meta({ example: "Too small: expected number to be >=1" })
})
export type FieldError = z.infer<typeof FieldError>

const available = z.int().min(0).meta({ example: 1 })

/** The additional members of some codes. */
export const problemExtensions = {
  invalid_request: z.object({ errors: z.array(FieldError) }),
  out_of_stock: z.object({
    items: z.array(
      z.object({ sku: Sku, requested: z.int().min(1).meta({ example: 2 }), available })
    )
  }),
  insufficient_stock: z.object({ available }),
  unknown_sku: z.object({ skus: z.array(Sku) }),
  mixed_currency: z.object({
    currencies: z.array(z.string()).meta({ example: ["EUR", "USD"] })
  })
} as const satisfies { readonly [K in ProblemCode]?: z.ZodObject }

type Extensions = typeof problemExtensions
export type ExtendedCode = keyof Extensions

/** The members that a problem with `code` has beyond the common ones. */
export type ProblemExtension<K extends ProblemCode> = K extends keyof Extensions
  ? z.input<Extensions[K]>
  : Record<never, never>
