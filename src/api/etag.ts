// Entity tags of orders, and whether a client has that version already (RFC 9110, section 13.1.2).

/** Strong: the same version has the same bytes. */
export const orderETag = (id: string, version: number): string => `"${id}-${version}"`

/** `If-None-Match` compares weakly: `W/` is ignored. `*` matches anything that exists. */
export const matchesETag = (ifNoneMatch: string, etag: string): boolean =>
  ifNoneMatch.trim() === "*" ||
  Array.from(ifNoneMatch.matchAll(/"[^"]*"/gu), ([tag]) => tag).includes(etag)
