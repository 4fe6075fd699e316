// The reference: every endpoint of the OpenAPI document, with its callers, input, responses, and a curl command.
import { html } from "hono/html"
import type { oas31 } from "zod-openapi"
import { problemAnswer } from "../../http/problem.ts"
import { type ProblemCode, problemCodes, problems } from "../../http/problems.ts"
import { resolve, type SchemaNode } from "../jsonSchema.ts"
import { type OpenApiDocument, problemName, requestIdExample } from "../openapi.ts"
import { type Html, inline, layout, pagePolicy, prose } from "./layout.ts"
import { fieldRows, typeName } from "./schema.ts"

interface Endpoint {
  readonly method: string
  readonly path: string
  readonly operation: oas31.OperationObject
}

const methods = ["get", "post", "put", "patch", "delete"] as const

const endpointsOf = (document: OpenApiDocument): ReadonlyArray<Endpoint> =>
  Object.entries(document.paths ?? {}).flatMap(([path, item]) =>
    methods.flatMap((method) => {
      const operation = item[method]
      return operation === undefined ? [] : [{ method, path, operation }]
    })
  )

export const referencePolicy = `${pagePolicy}; script-src 'self'`

/**
 * Puts the server's address into the commands, so that they work when pasted. The page itself is the same for
 * every address: a client chooses its Host, so a page for each would be as many as clients like.
 */
export const referenceScript = `
for (const place of document.querySelectorAll(".origin")) place.textContent = location.origin
`

export const referencePage = (document: OpenApiDocument): Html => {
  const groups = Map.groupBy(endpointsOf(document), ({ operation }) => operation.tags?.[0] ?? "")
  const tags = document.tags ?? []
  return layout(
    document.info.title,
    html`<header>
<h1>${document.info.title}</h1>
${prose(document.info.description ?? "")}
<p><a href="/">All pages</a> · <a href="/openapi.json">OpenAPI document</a> · <a href="/docs/errors">Error codes</a></p>
<noscript><p>In the commands, put the address of this server in the place of <code>$ORIGIN</code>.</p></noscript>
</header>
<nav aria-label="Endpoints">
${tags.map(
  ({ name }) => html`<h2>${name}</h2>
<ul>
${(groups.get(name) ?? []).map(
  ({ method, path, operation }) =>
    html`<li><a href="#${operation.operationId ?? ""}"><span class="method ${method}">${method}</span> <code>${path}</code></a></li>
`
)}
</ul>`
)}
</nav>
<main id="content">
${tags.map(
  ({ name, description }) => html`<section>
<h2>${name}</h2>
<p class="quiet">${description ?? ""}</p>
${(groups.get(name) ?? []).map((endpoint) => endpointArticle(document, endpoint))}
</section>`
)}
</main>`,
    html`<script src="/docs/reference.js" defer></script>`
  )
}

const endpointArticle = (
  document: OpenApiDocument,
  { method, path, operation }: Endpoint
): Html => {
  const body = bodyOf(operation)
  return html`<article id="${operation.operationId ?? ""}">
<h3><span class="method ${method}">${method}</span> <code>${path}</code></h3>
<p><strong>${operation.summary ?? ""}</strong></p>
${prose(operation.description ?? "")}
${parameterTable(document, operation)}
${body === undefined ? "" : html`<h4>Body</h4>${fieldTable(document, body.schema)}`}
<h4>Answers</h4>
${answerList(document, operation)}
<h4>Try it</h4>
<pre tabindex="0"><code>${curl(method, path, operation, body?.example)}</code></pre>
</article>`
}

const bodyOf = (operation: oas31.OperationObject) => {
  const request = operation.requestBody
  const media =
    request === undefined || "$ref" in request ? undefined : request.content["application/json"]
  return media?.schema === undefined
    ? undefined
    : { schema: media.schema as SchemaNode, example: media.example as unknown }
}

const parameterTable = (document: OpenApiDocument, operation: oas31.OperationObject): Html | "" => {
  const parameters = (operation.parameters ?? []).flatMap((item) => ("$ref" in item ? [] : [item]))
  if (parameters.length === 0) return ""
  return html`<h4>Parameters</h4>
<div class="scroll" tabindex="0"><table>
<thead><tr><th scope="col">Name</th><th scope="col">In</th><th scope="col">Type</th><th scope="col">Meaning</th></tr></thead>
<tbody>
${parameters.map(
  ({ name, in: place, required, schema, description }) =>
    html`<tr><td><code>${name}</code>${required === true ? "" : html` <span class="quiet">optional</span>`}</td><td>${place}</td><td>${typeName(document, (schema ?? {}) as SchemaNode)}</td><td>${inline(description ?? ((schema ?? {}) as SchemaNode).description ?? "")}</td></tr>`
)}
</tbody></table></div>`
}

const fieldTable = (document: OpenApiDocument, schema: SchemaNode): Html =>
  html`<div class="scroll" tabindex="0"><table>
<thead><tr><th scope="col">Field</th><th scope="col">Type</th><th scope="col">Meaning</th></tr></thead>
<tbody>
${fieldRows(document, schema).map(
  ({ path, required, type, description }) =>
    html`<tr><td><code>${path}</code>${required ? "" : html` <span class="quiet">optional</span>`}</td><td>${type}</td><td>${inline(description)}</td></tr>`
)}
</tbody></table></div>`

const answerList = (document: OpenApiDocument, operation: oas31.OperationObject): Html => {
  const responses = Object.entries(operation.responses ?? {}) as ReadonlyArray<
    readonly [string, oas31.ResponseObject]
  >
  return html`<dl>
${responses.map(
  ([status, response]) =>
    html`<dt>${status}</dt><dd>${
      Number(status) < 400 ? successAnswer(document, response) : problemLinks(document, response)
    }</dd>`
)}
</dl>`
}

const successAnswer = (document: OpenApiDocument, response: oas31.ResponseObject): Html => {
  const schema = response.content?.["application/json"]?.schema as SchemaNode | undefined
  return html`${inline(response.description)}${
    schema === undefined || fieldRows(document, schema).length === 0
      ? ""
      : html`<details><summary>Fields</summary>${fieldTable(document, schema)}</details>`
  }`
}

const problemLinks = (document: OpenApiDocument, response: oas31.ResponseObject): Html => {
  const schema = (response.content?.["application/problem+json"]?.schema ?? {}) as SchemaNode
  const codes = new Set(
    (schema.anyOf ?? [schema]).map((member) =>
      String(resolve(document, member).properties?.["code"]?.const)
    )
  )
  return html`${[...codes].map(
    (code, index) =>
      html`${index === 0 ? "" : ", "}<a href="/docs/errors/${code}"><code>${code}</code></a>`
  )}`
}

/** A command that works when pasted, once the tokens and ids in capitals are filled in. */
const curl = (
  method: string,
  path: string,
  operation: oas31.OperationObject,
  example: unknown
): Html => {
  const resource = path.replace("{sku}", "coffee-1kg").replace("{id}", "$ID")
  const secured = (operation.security ?? []).length > 0
  const token = operation.security?.some((item) => "metricsToken" in item)
    ? "$METRICS_TOKEN"
    : "$ACCESS_TOKEN"
  const keyed = (operation.parameters ?? []).some(
    (item) => "name" in item && item.name === "Idempotency-Key"
  )
  const command = method === "get" ? "curl" : `curl -X ${method.toUpperCase()}`
  const rest = [
    `${resource}"`,
    ...(secured ? [`-H "Authorization: Bearer ${token}"`] : []),
    ...(keyed ? [`-H "Idempotency-Key: $(uuidgen)"`] : []),
    ...(example === undefined
      ? []
      : [`-H "Content-Type: application/json"`, `-d '${JSON.stringify(example)}'`])
  ].join(" \\\n  ")
  return html`${command} "<span class="origin">$ORIGIN</span>${rest}`
}

export const errorsPage = (): Html =>
  layout(
    "Error codes",
    html`<header><h1>Error codes</h1><p><a href="/docs">All endpoints</a></p></header>
<main id="content">
<p>Every error is <code>application/problem+json</code> (RFC 9457) with a <code>code</code>.</p>
<div class="scroll" tabindex="0"><table>
<thead><tr><th scope="col">Code</th><th scope="col">Status</th><th scope="col">Meaning</th></tr></thead>
<tbody>
${problemCodes.map(
  (code) =>
    html`<tr><td><a href="/docs/errors/${code}"><code>${code}</code></a></td><td>${problems[code].status}</td><td>${inline(problems[code].meaning)}</td></tr>`
)}
</tbody></table></div>
</main>`
  )

export const errorPage = (code: ProblemCode, document: OpenApiDocument): Html => {
  const { title, status, meaning, remedy } = problems[code]
  const usedBy = endpointsOf(document).filter(({ operation }) =>
    mentions(document, operation, status, code)
  )
  return layout(
    `${code}: ${title}`,
    html`<header><h1>${title}</h1></header>
<main id="content">
<dl><dt>Code</dt><dd><code>${code}</code></dd><dt>Status</dt><dd>${status}</dd></dl>
${prose(meaning)}
<h2>What to do</h2>
${prose(remedy)}
<h2>How it looks</h2>
<pre tabindex="0"><code>${sampleOf(code, document)}</code></pre>
${
  usedBy.length === 0
    ? ""
    : html`<h2>Answered by</h2><ul>${usedBy.map(
        ({ method, path, operation }) =>
          html`<li><a href="/docs/plain#${operation.operationId ?? ""}"><span class="method ${method}">${method}</span> <code>${path}</code></a></li>`
      )}</ul>`
}
<p><a href="/docs/errors">All error codes</a> · <a href="/docs">All endpoints</a></p>
</main>`
  )
}

/** The document has a problem's example where an operation declares the problem. */
const sampleOf = (code: ProblemCode, document: OpenApiDocument): string => {
  const example = document.components?.examples?.[problemName(code)]
  const value =
    example !== undefined && "value" in example
      ? example.value
      : JSON.parse(problemAnswer(code, { requestId: requestIdExample }).body)
  return JSON.stringify(value, null, 2)
}

const mentions = (
  document: OpenApiDocument,
  operation: oas31.OperationObject,
  status: number,
  code: ProblemCode
): boolean => {
  const response = operation.responses?.[String(status)] as oas31.ResponseObject | undefined
  const schema = response?.content?.["application/problem+json"]?.schema as SchemaNode | undefined
  return (schema?.anyOf ?? (schema === undefined ? [] : [schema])).some(
    (member) => resolve(document, member).properties?.["code"]?.const === code
  )
}
