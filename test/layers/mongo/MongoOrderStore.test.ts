import { orderStoreContract } from "../../contract/orderStore.ts"
import { describeWith } from "../../suite.ts"
import { mongoStores } from "./mongoStores.ts"

describeWith(["mongo"], "on MongoDB", ({ mongo }) => {
  orderStoreContract("MongoOrderStore", mongoStores(mongo.uri))
})
