import { orderStoreContract } from "../../contract/orderStore.ts"
import { memoryStores } from "./memoryStores.ts"

orderStoreContract("MemoryOrderStore", memoryStores)
