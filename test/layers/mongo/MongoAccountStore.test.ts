import { Layer } from "effect"
import { layer } from "../../../src/layers/mongo/MongoAccountStore.ts"
import { accountStoreContract } from "../../contract/accountStore.ts"
import { describeWith } from "../../suite.ts"
import { migratedDatabase } from "./migratedDatabase.ts"

describeWith(["mongo"], "on MongoDB", ({ mongo }) => {
  accountStoreContract("MongoAccountStore", Layer.provide(layer, migratedDatabase(mongo.uri)))
})
