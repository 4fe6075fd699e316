// Page cursors: opaque to clients, so that what they hold can change; checked like any other input.
import { Option } from "effect"
import * as z from "zod"
import type { Page } from "../../services/page.ts"

const alphabet = { "+": "-", "/": "_", "=": "" } as const

/** The keys of pages are ASCII. */
export const encodeCursor = (key: string): string =>
  btoa(key).replace(/[+/=]/gu, (char) => alphabet[char as keyof typeof alphabet])

const decodeCursor = (cursor: string): string | undefined => {
  try {
    return atob(cursor.replace(/-/gu, "+").replace(/_/gu, "/"))
  } catch {
    return undefined
  }
}

/** A cursor over keys of one kind: decodes to a key that fits `key`, whose example becomes its own. */
export const cursorOf = (key: z.ZodString) =>
  z
    .string()
    .max(128)
    .transform((cursor, context) => {
      const decoded = key.safeParse(decodeCursor(cursor))
      if (decoded.success) return decoded.data
      context.issues.push({
        code: "custom",
        message: "is not a cursor of this list",
        input: cursor
      })
      return z.NEVER
    })
    .meta({
      description: "`nextCursor` of the page before",
      example: encodeCursor(String(key.meta()?.["example"]))
    })

/** The body of a page. */
export const pageBody = <A>({ items, next }: Page<A>) => ({
  items,
  nextCursor: Option.getOrNull(Option.map(next, encodeCursor))
})

const NextCursor = z
  .string()
  .nullable()
  .meta({ description: "Cursor of the next page; null on the last", example: null })

/** The schema of `pageBody`; `more`: further members of a page. */
export const pageOf = <Item extends z.ZodType>(item: Item, id: string, more: z.ZodRawShape = {}) =>
  z.object({ items: z.array(item), nextCursor: NextCursor, ...more }).meta({ id })
