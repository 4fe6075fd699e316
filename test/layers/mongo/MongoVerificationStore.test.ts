import { Layer } from "effect"
import { layer } from "../../../src/layers/mongo/MongoVerificationStore.ts"
import { verificationStoreContract } from "../../contract/verificationStore.ts"
import { describeWith } from "../../suite.ts"
import { migratedDatabase } from "./migratedDatabase.ts"

describeWith(["mongo"], "on MongoDB", ({ mongo }) => {
  verificationStoreContract(
    "MongoVerificationStore",
    Layer.provide(layer, migratedDatabase(mongo.uri))
  )
})
