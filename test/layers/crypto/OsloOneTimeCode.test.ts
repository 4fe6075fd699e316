import { layer } from "../../../src/layers/crypto/OsloOneTimeCode.ts"
import { oneTimeCodeContract } from "../../contract/oneTimeCode.ts"

oneTimeCodeContract("OneTimeCode on Oslo", (secrets) => layer({ secrets }))
