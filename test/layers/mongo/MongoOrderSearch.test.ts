import { orderSearchContract } from "../../contract/orderSearch.ts"
import { describeWith } from "../../suite.ts"
import { mongoStores } from "./mongoStores.ts"

describeWith(["mongo"], "on MongoDB", ({ mongo }) => {
  orderSearchContract("MongoOrderSearch", mongoStores(mongo.uri))
})
