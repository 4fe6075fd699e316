// Bodies with one place changed, as bytes: what is put there need not be JSON.

export type Pointer = ReadonlyArray<string | number>

/** Every place of a JSON value, its root last. */
export function pointersIn(value: unknown, at: Pointer = []): ReadonlyArray<Pointer> {
  if (typeof value !== "object" || value === null) return [at]
  const inner = Array.isArray(value) ? value.entries() : Object.entries(value)
  return [...[...inner].flatMap(([key, item]) => pointersIn(item, [...at, key])), at]
}

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null

/** Every object in it, for fields that it does not have. */
export const objectsIn = (value: unknown): ReadonlyArray<Pointer> =>
  pointersIn(value).filter((pointer) => {
    const found = pick(value, pointer)
    return isObject(found) && !Array.isArray(found)
  })

const pick = (value: unknown, pointer: Pointer): unknown =>
  pointer.reduce<unknown>(
    (inner, key) =>
      isObject(inner) ? (inner as Record<string | number, unknown>)[key] : undefined,
    value
  )

const mark = "the place of what is put in"

const withMark = (value: unknown, [key, ...rest]: Pointer): unknown => {
  if (key === undefined) return mark
  if (Array.isArray(value)) return value.map((item, i) => (i === key ? withMark(item, rest) : item))
  return { ...(value as object), [key]: withMark((value as Record<string, unknown>)[key], rest) }
}

/** The JSON text of `value`, with `text` in the place of what is there, or was not. */
export function put(value: unknown, pointer: Pointer, text: string | Buffer): Buffer {
  const [before = "", after = ""] = JSON.stringify(withMark(value, pointer)).split(
    JSON.stringify(mark)
  )
  return Buffer.concat([Buffer.from(before), Buffer.from(text as string), Buffer.from(after)])
}

/** Without the field. */
export function without(value: unknown, pointer: Pointer): Buffer {
  const copy: unknown = structuredClone(value)
  const parent = pick(copy, pointer.slice(0, -1))
  const key = pointer.at(-1)
  if (Array.isArray(parent)) parent.splice(Number(key), 1)
  else if (isObject(parent) && key !== undefined) Reflect.deleteProperty(parent, key)
  return Buffer.from(JSON.stringify(copy))
}

/** `items[0].sku` */
export const shown = (pointer: Pointer): string =>
  pointer.map((key) => (typeof key === "number" ? `[${key}]` : `.${key}`)).join("") || "the whole"
