// An error as clients of databases, caches and mail services throw them: its message quotes addresses,
// tokens and hashes that it was called with, and its members hold all the rest.

const stringsIn = (value: unknown): ReadonlyArray<string> => {
  if (typeof value === "string") return [value]
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(stringsIn) : []
}

/** Words, not whole texts: a mail service quotes the address of a mail, and not its body. */
const quotable = /^\S*@\S*$|^\+\d|^eyJ|^\$argon2/u

export const talkativeError = (args: ReadonlyArray<unknown>): Error => {
  const strings = stringsIn(args)
  const quoted = strings.filter((text) => quotable.test(text)).join(", ")
  const message = `E11000 duplicate key error dup key: { a: "${strings.join('", "')}" } of ${quoted}`
  return Object.assign(new Error(message, { cause: new Error(quoted) }), {
    code: 11000,
    keyValue: { a: strings },
    writeErrors: [{ err: { op: args } }],
    command: { name: "set", args: strings },
    $response: { body: strings.join() }
  })
}
