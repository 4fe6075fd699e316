import { layer } from "../../../src/layers/crypto/RandomIdGenerator.ts"
import { idGeneratorContract } from "../../contract/idGenerator.ts"

idGeneratorContract("IdGenerator on WebCrypto", layer)
