import { orderSearchContract } from "../../contract/orderSearch.ts"
import { memoryStores } from "./memoryStores.ts"

orderSearchContract("MemoryOrderSearch", memoryStores)
