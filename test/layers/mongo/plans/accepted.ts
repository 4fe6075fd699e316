// The commands that are right without an index of their own, and why. Whatever else is found is a fault,
// and so is an entry that nothing is found for any more.
import type { Finding } from "./findings.ts"

interface Accepted {
  readonly findings: ReadonlyArray<Finding>
  readonly because: string
}

const audit: Accepted = {
  findings: ["COLLSCAN"],
  because: "an operator's audit of all books reads everything, seconds for a million orders"
}

const severalWords: Accepted = {
  findings: ["grows", "reads in vain"],
  because:
    "an index serves one word of a search: where each of several words is common, and few products have all of " +
    "them, it reads those that have the rarest until the page is full"
}

const accepted: Readonly<Record<string, Accepted>> = {
  "ProductStore.audit: products.find()": audit,
  "ProductStore.audit: stock_movements.aggregate($group)": audit,
  "ProductStore.audit: orders.aggregate($match, $unwind, $group)": audit,
  "ProductStore.list: products.find(removedAt, prefixes, $expr)": severalWords,
  "ProductStore.list: products.find(removedAt, _id, prefixes, $expr)": severalWords,
  "SessionStore.create: sessions.aggregate($match, $set, $sort, $skip, $project)": {
    findings: ["SORT"],
    because:
      "by then an index has left the sessions of one user that have not ended: as many as may live, and " +
      "those that expired in the last 90 days"
  }
}

/** By operation and command. */
export const findingsThatAreRight = Object.fromEntries(
  Object.entries(accepted).map(([command, { findings }]) => [command, findings])
)
