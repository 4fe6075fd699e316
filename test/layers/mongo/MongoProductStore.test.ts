import { productStoreContract } from "../../contract/productStore.ts"
import { describeWith } from "../../suite.ts"
import { mongoStores } from "./mongoStores.ts"

describeWith(["mongo"], "on MongoDB", ({ mongo }) => {
  productStoreContract("MongoProductStore", mongoStores(mongo.uri))
})
