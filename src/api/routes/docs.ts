// The first page, the OpenAPI document, and the pages made from it.
import { Effect } from "effect"
import { type ProblemCode, problemCodes } from "../../http/problems.ts"
import type { ApiRequest } from "../ApiRequest.ts"
import type { Operation } from "../contract/operation.ts"
import { documentOperation } from "../contract/system.ts"
import { type OpenApiDocument, openApiDocument } from "../openapi.ts"
import { homePage } from "../pages/home.ts"
import { interactivePage, interactivePolicy, startScript } from "../pages/interactive.ts"
import { type Html, pagePolicy } from "../pages/layout.ts"
import {
  errorPage,
  errorsPage,
  referencePage,
  referencePolicy,
  referenceScript
} from "../pages/reference.ts"
import { stylesheet } from "../pages/stylesheet.ts"
import type { Serve } from "../serve.ts"
import { staticContent } from "../staticContent.ts"

const rendered = (html: Html): string => {
  if (html instanceof Promise) throw new Error("A page of the documentation waits for something.")
  return html
}

const html = (policy: string, make: () => Html) =>
  staticContent({
    contentType: "text/html; charset=utf-8",
    headers: { "Content-Security-Policy": policy },
    make: () => rendered(make())
  })

const script = (make: () => string) =>
  staticContent({ contentType: "text/javascript; charset=utf-8", make })

export interface Docs {
  readonly operations: ReadonlyArray<Operation>
  /** Whether the mailbox is embedded. */
  readonly mailbox: boolean
  /** Gives the script of Scalar. Without it the reference is a page without a way to try. */
  readonly scalar: (() => string) | undefined
}

export const docsRoutes = ({ route, page }: Serve, { operations, mailbox, scalar }: Docs): void => {
  let made: OpenApiDocument | undefined
  const document = (): OpenApiDocument => (made ??= openApiDocument(operations))
  const errorPages: ReadonlyMap<string, (request: ApiRequest) => Promise<Response>> = new Map(
    problemCodes.map((code: ProblemCode) => [
      code,
      html(pagePolicy, () => errorPage(code, document()))
    ])
  )
  const serve = (path: string, content: (request: ApiRequest) => Promise<Response>) =>
    page(path, (request) => Effect.promise(() => content(request)))

  const json = staticContent({
    contentType: "application/json",
    make: () => JSON.stringify(document())
  })
  route(documentOperation, ({ request }) => Effect.promise(() => json(request)))
  const plain = html(referencePolicy, () => referencePage(document()))
  serve(
    "/",
    html(pagePolicy, () => homePage(document().info.title, { mailbox }))
  )
  serve("/docs/plain", plain)
  if (scalar === undefined) serve("/docs", plain)
  else {
    serve(
      "/docs",
      html(interactivePolicy, () => interactivePage(document().info.title))
    )
    serve("/docs/scalar.js", script(scalar))
    serve(
      "/docs/start.js",
      script(() => startScript)
    )
  }
  serve("/docs/errors", html(pagePolicy, errorsPage))
  page("/docs/errors/:code", (request) => {
    const content = errorPages.get(request.hono.req.param("code") ?? "")
    return content === undefined
      ? Effect.sync(() =>
          request.problem("not_found", { detail: "There is no such error code.", extension: {} })
        )
      : Effect.promise(() => content(request))
  })
  serve(
    "/docs/style.css",
    staticContent({ contentType: "text/css; charset=utf-8", make: () => stylesheet })
  )
  serve(
    "/docs/reference.js",
    script(() => referenceScript)
  )
}
