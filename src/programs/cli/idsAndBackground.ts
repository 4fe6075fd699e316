// What commands need in addition to their clients.
import { Layer } from "effect"
import * as RandomIdGenerator from "../../layers/crypto/RandomIdGenerator.ts"
import { background } from "../background.ts"

/**
 * Ids, and the end of what commands do in the background. Built on top of the clients, so that those are
 * open while a command's last audit event is stored.
 */
export const idsAndBackground = Layer.merge(background, RandomIdGenerator.layer)
