import { layer } from "../../../src/layers/memory/MemorySessionStore.ts"
import { sessionStoreContract } from "../../contract/sessionStore.ts"

sessionStoreContract("MemorySessionStore", layer)
