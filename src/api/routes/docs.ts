// The OpenAPI document and the pages made from it.
import { Hono } from "hono"
import { type ProblemCode, problemCodes } from "../../http/problems.ts"
import type { ApiContext, ApiEnvironment } from "../context.ts"
import type { Operation } from "../contract/operation.ts"
import { type OpenApiDocument, openApiDocument } from "../openapi.ts"
import { type Html, pagePolicy } from "../pages/layout.ts"
import { errorPage, errorsPage, referencePage } from "../pages/reference.ts"
import { stylesheet } from "../pages/stylesheet.ts"
import { problem } from "../problem.ts"

const revalidated = { "Cache-Control": "no-cache" }

const page = (c: ApiContext, content: Html) =>
  c.html(content, 200, { ...revalidated, "Content-Security-Policy": pagePolicy })

const isProblemCode = (code: string): code is ProblemCode =>
  (problemCodes as ReadonlyArray<string>).includes(code)

export const docs = (operations: ReadonlyArray<Operation>) => {
  let made: OpenApiDocument | undefined
  // Made when it is first asked for: edge hosts start often, and few of them are asked.
  const document = (): OpenApiDocument => (made ??= openApiDocument(operations))
  return new Hono<ApiEnvironment>()
    .get("/openapi.json", (c) => c.json(document(), 200, revalidated))
    .get("/docs", (c) => page(c, referencePage(document(), new URL(c.req.url).origin)))
    .get("/docs/errors", (c) => page(c, errorsPage()))
    .get("/docs/errors/:code", (c) => {
      const code = c.req.param("code")
      return isProblemCode(code)
        ? page(c, errorPage(code, document()))
        : problem(c, "not_found", { detail: "There is no such error code.", extension: {} })
    })
    .get("/docs/style.css", (c) =>
      c.body(stylesheet, 200, { ...revalidated, "Content-Type": "text/css; charset=utf-8" })
    )
}
