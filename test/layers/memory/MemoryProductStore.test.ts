import { productStoreContract } from "../../contract/productStore.ts"
import { memoryStores } from "./memoryStores.ts"

productStoreContract("MemoryProductStore", memoryStores)
