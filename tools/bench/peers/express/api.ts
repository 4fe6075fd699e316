// The service as most teams would write it: Express 5, Mongoose, jsonwebtoken, ioredis. Stock is taken by
// guarded updates, one document after the other; each order is one message to SQS, sent before the answer.
import express from "express"
import mongoose from "mongoose"
import { openSqs } from "../../aws.ts"
import { readSettings } from "../../settings.ts"
import { untilSignal } from "../../untilSignal.ts"
import { authenticate } from "./authenticate.ts"
import { openCache } from "./cache.ts"
import { answerError, HttpError } from "./errors.ts"
import { Order, Product, User } from "./models.ts"
import { orderRoutes } from "./orders.ts"

const settings = readSettings()
await mongoose.connect(settings.MONGO_URI, { writeConcern: { w: "majority" } })
await Promise.all([Product.init(), User.init(), Order.init()])
const cache = openCache(settings)
const sqs = openSqs()

const app = express()
app.disable("x-powered-by")
app.use(express.json({ limit: "64kb" }))

app.get("/readyz", async (_request, response) => {
  await Promise.all([mongoose.connection.db?.admin().ping(), cache.ready()])
  response.json({ status: "ready" })
})

app.get("/api/products/:sku", async (request, response) => {
  const product = await Product.findById(request.params.sku).lean()
  if (product === null) throw new HttpError(404, "not_found", "There is no such product")
  const { _id, name, unitPrice, currency, available } = product
  response.json({ sku: _id, name, unitPrice, currency, available })
})

app.use(
  "/api/orders",
  authenticate(settings.ACCESS_TOKEN_SECRET),
  orderRoutes({ cache, sqs, queueUrl: settings.AWS_SQS_QUEUE_URL })
)

app.use(() => {
  throw new HttpError(404, "not_found", "There is nothing here")
})
app.use(answerError)

const server = app.listen(settings.PORT, settings.HOST, (error) => {
  if (error) throw error
})
await untilSignal()
await new Promise((closed) => server.close(closed).closeIdleConnections())
await Promise.all([mongoose.disconnect(), cache.close()])
sqs.destroy()
