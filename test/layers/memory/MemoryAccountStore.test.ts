import { layer } from "../../../src/layers/memory/MemoryAccountStore.ts"
import { accountStoreContract } from "../../contract/accountStore.ts"

accountStoreContract("MemoryAccountStore", layer)
