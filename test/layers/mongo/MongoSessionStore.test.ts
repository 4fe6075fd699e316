import { Layer } from "effect"
import { layer } from "../../../src/layers/mongo/MongoSessionStore.ts"
import { sessionStoreContract } from "../../contract/sessionStore.ts"
import { describeWith } from "../../suite.ts"
import { migratedDatabase } from "./migratedDatabase.ts"

describeWith(["mongo"], "on MongoDB", ({ mongo }) => {
  sessionStoreContract("MongoSessionStore", Layer.provide(layer, migratedDatabase(mongo.uri)))
})
