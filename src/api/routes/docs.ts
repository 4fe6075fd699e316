// The OpenAPI document and the pages made from it.
import { Hono } from "hono"
import { type ProblemCode, problemCodes } from "../../http/problems.ts"
import type { ApiContext, ApiEnvironment } from "../context.ts"
import { ConditionalHeaders } from "../contract/fields.ts"
import type { Operation } from "../contract/operation.ts"
import { type OpenApiDocument, openApiDocument } from "../openapi.ts"
import { type Html, pagePolicy } from "../pages/layout.ts"
import {
  errorPage,
  errorsPage,
  referencePage,
  referencePolicy,
  referenceScript
} from "../pages/reference.ts"
import { stylesheet } from "../pages/stylesheet.ts"
import { problem } from "../problem.ts"
import { staticContent } from "../staticContent.ts"
import { validHeaders } from "../validate.ts"

const rendered = (html: Html): string => {
  if (html instanceof Promise) throw new Error("A page of the documentation waits for something.")
  return html
}

const page = (policy: string, make: () => Html) =>
  staticContent({
    contentType: "text/html; charset=utf-8",
    headers: { "Content-Security-Policy": policy },
    make: () => rendered(make())
  })

export const docs = (operations: ReadonlyArray<Operation>) => {
  let made: OpenApiDocument | undefined
  const document = (): OpenApiDocument => (made ??= openApiDocument(operations))
  const errorPages: ReadonlyMap<string, (c: ApiContext) => Promise<Response>> = new Map(
    problemCodes.map((code: ProblemCode) => [
      code,
      page(pagePolicy, () => errorPage(code, document()))
    ])
  )
  return new Hono<ApiEnvironment>()
    .get(
      "/openapi.json",
      validHeaders(ConditionalHeaders),
      staticContent({
        contentType: "application/json",
        make: () => JSON.stringify(document())
      })
    )
    .get(
      "/docs",
      page(referencePolicy, () => referencePage(document()))
    )
    .get("/docs/errors", page(pagePolicy, errorsPage))
    .get(
      "/docs/errors/:code",
      (c) =>
        errorPages.get(c.req.param("code"))?.(c) ??
        problem(c, "not_found", { detail: "There is no such error code.", extension: {} })
    )
    .get(
      "/docs/style.css",
      staticContent({ contentType: "text/css; charset=utf-8", make: () => stylesheet })
    )
    .get(
      "/docs/reference.js",
      staticContent({ contentType: "text/javascript; charset=utf-8", make: () => referenceScript })
    )
}
