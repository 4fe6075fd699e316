// A system with products and a buyer, on services that a test may take away.
import type { Environment } from "../../tools/harness/deployment.ts"
import { type MongoService, type MongoSetOptions, startMongo } from "../../tools/harness/mongo.ts"
import { stockUp } from "../../tools/harness/setUp.ts"
import { startSystem } from "../../tools/harness/system.ts"

const sku = "thing"

export const order = {
  method: "POST",
  path: "/api/orders",
  body: { items: [{ sku, quantity: 1 }] }
} as const

export interface ShopServices {
  readonly sqs: { readonly endpoint: string }
  readonly ses: { readonly endpoint: string }
}

/** With a MongoDB of its own. */
export async function startShop(
  services: ShopServices,
  options: MongoSetOptions & { readonly settings?: Environment } = {}
) {
  const { settings, ...set } = options
  const mongo = await startMongo(set)
  try {
    const system = await startSystem({ ...services, mongo: mongo.address }, settings)
    const api = await system.startApi()
    const buyer = await system.signUp(api.url, "buyer", "admin")
    await stockUp(buyer.client, { [sku]: 1_000_000 })
    return {
      ...api,
      system,
      mongo,
      node: nodeOf(mongo),
      buyer,
      stop: async (): Promise<void> => {
        await system.stop()
        await mongo.stop()
      }
    }
  } catch (error) {
    await mongo.stop()
    throw error
  }
}

export type Shop = Awaited<ReturnType<typeof startShop>>

const nodeOf = ({ nodes }: MongoService) => {
  const [node] = nodes
  if (node === undefined) throw new Error("a MongoDB without nodes")
  return node
}
