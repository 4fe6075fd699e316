// What is served for people and is no operation. Anybody may see it, and nothing else that is not declared
// as an operation is served at all.
export const pages: ReadonlyArray<string> = [
  "/docs",
  "/docs/errors",
  "/docs/errors/:code",
  "/docs/style.css",
  "/docs/reference.js",
  "/dev/mailbox",
  "/dev/mailbox.js"
]
