import { layer } from "../../../src/layers/memory/MemoryVerificationStore.ts"
import { verificationStoreContract } from "../../contract/verificationStore.ts"

verificationStoreContract("MemoryVerificationStore", layer)
