// Placing and reading orders.
import {
  SendMessageCommand,
  type SendMessageCommandInput,
  type SQSClient
} from "@aws-sdk/client-sqs"
import { type RequestHandler, Router } from "express"
import { mongo } from "mongoose"
import * as z from "zod"
import { orderMessage } from "../../contestant.ts"
import { newOrder } from "../../documents.ts"
import { type Line, merge, priceLines } from "../../lines.ts"
import type { Locals } from "./authenticate.ts"
import type { Cache } from "./cache.ts"
import { HttpError } from "./errors.ts"
import { Order, Product, toOrder } from "./models.ts"

const Body = z.strictObject({
  items: z
    .array(
      z.strictObject({
        sku: z.string().min(1).max(64),
        quantity: z.int().min(1).max(1000)
      })
    )
    .min(1)
    .max(50)
})

interface Dependencies {
  readonly cache: Cache
  readonly sqs: SQSClient
  readonly queueUrl: string
}

type Handler<P> = RequestHandler<P, unknown, unknown, unknown, Locals>

export const orderRoutes = ({ cache, sqs, queueUrl }: Dependencies): Router => {
  const read: Handler<{ id: string }> = async (request, response) => {
    const { id } = request.params
    const { user } = response.locals
    const cached = await cache.get(id)
    const json = cached ?? (await load(id, cache))
    const order: { readonly userId: string } = JSON.parse(json)
    if (order.userId !== user.id && !user.isAdmin) throw notFound()
    response.type("json").send(json)
  }

  const place: Handler<unknown> = async (request, response) => {
    const body = Body.safeParse(request.body)
    if (!body.success)
      throw new HttpError(400, "invalid_request", "The order does not fit", {
        details: body.error.issues
      })
    const lines = merge(body.data.items)
    const priced = await price(lines)
    await takeStock(lines)
    const order = await store(response.locals.user.id, priced).catch(async (error: unknown) => {
      await returnStock(lines)
      throw error
    })
    await sqs.send(new SendMessageCommand(messageOf(queueUrl, order.id)))
    response.status(201).location(`/api/orders/${order.id}`).json(order)
  }

  return Router().get("/:id", read).post("/", place)
}

const notFound = (): HttpError => new HttpError(404, "not_found", "There is no such order")

const load = async (id: string, cache: Cache): Promise<string> => {
  const document = await Order.findById(id).lean()
  if (document === null) throw notFound()
  const json = JSON.stringify(toOrder(document))
  await cache.put(id, json)
  return json
}

const messageOf = (QueueUrl: string, orderId: string): SendMessageCommandInput => ({
  QueueUrl,
  MessageBody: orderMessage(orderId)
})

const price = async (lines: ReadonlyArray<Line>) => {
  const products = await Product.find({ _id: { $in: lines.map(({ sku }) => sku) } }).lean()
  return priceLines(lines, products, (code, message) => new HttpError(422, code, message))
}

/** All lines or none: each is guarded, and where one lacks stock the others are given back. */
const takeStock = async (lines: ReadonlyArray<Line>): Promise<void> => {
  const results = await Promise.all(
    lines.map(({ sku, quantity }) =>
      Product.updateOne(
        { _id: sku, available: { $gte: quantity } },
        { $inc: { available: -quantity } }
      )
    )
  )
  const taken = lines.filter((_, index) => results[index]?.modifiedCount === 1)
  if (taken.length === lines.length) return
  await returnStock(taken)
  const lacking = lines.filter((line) => !taken.includes(line)).map(({ sku }) => sku)
  throw new HttpError(409, "out_of_stock", "There is not enough in stock", { details: lacking })
}

const returnStock = async (lines: ReadonlyArray<Line>): Promise<void> => {
  await Promise.all(
    lines.map(({ sku, quantity }) =>
      Product.updateOne({ _id: sku }, { $inc: { available: quantity } })
    )
  )
}

const store = async (userId: string, { items, currency }: Awaited<ReturnType<typeof price>>) => {
  const id = new mongo.ObjectId().toHexString()
  const order = new Order(newOrder(id, userId, items, currency))
  await order.save()
  return toOrder(order.toObject())
}
