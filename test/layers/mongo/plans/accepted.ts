// The commands that are right without an index of their own, and why. Everything else that is found is a fault,
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

const wordsInCategory: Accepted = {
  findings: ["grows", "reads in vain"],
  because:
    "words are rarer than categories as a rule: it reads those that have the words until the page is full"
}

const amongInactive: Accepted = {
  findings: ["grows", "reads in vain"],
  because: "few products are inactive: what staff look for among them, it looks for in all of them"
}

/** The list of products by these conditions, on its first page and on later ones. */
const pagesOf = (first: string, rest: string, entry: Accepted) =>
  Object.fromEntries(
    ["", "_id, "].map((after) => [
      `ProductStore.list: products.find(${first}, ${after}${rest})`,
      entry
    ])
  )

const bothKinds: Accepted = {
  findings: ["reads in vain"],
  because:
    "a claim names up to a hundred orders by id, and each of its two writes reads those that the other one is for"
}

const accepted: Readonly<Record<string, Accepted>> = {
  "ProductStore.audit: products.find()": audit,
  "ProductStore.audit: stock_movements.aggregate($group)": audit,
  "ProductStore.audit: orders.aggregate($match, $unwind, $group)": audit,
  "OrderStore.claimMails: orders.update(_id, bucket, status, work.dueAt, version, $or)": bothKinds,
  "OrderStore.claimMails: orders.update(_id, bucket, notice.work.dueAt, version, $or)": bothKinds,
  "ProductStore.list: products.find(removedAt, prefixes, $expr)": severalWords,
  "ProductStore.list: products.find(removedAt, _id, prefixes, $expr)": severalWords,
  ...pagesOf("removedAt", "category, prefixes", wordsInCategory),
  ...pagesOf("removedAt", "category, prefixes, $expr", wordsInCategory),
  ...pagesOf("inactive, removedAt", "category", amongInactive),
  ...pagesOf("inactive, removedAt", "prefixes", amongInactive),
  ...pagesOf("inactive, removedAt", "prefixes, $expr", amongInactive),
  ...pagesOf("inactive, removedAt", "category, prefixes", amongInactive),
  ...pagesOf("inactive, removedAt", "category, prefixes, $expr", amongInactive),
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
