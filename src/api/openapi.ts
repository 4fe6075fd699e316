// The OpenAPI 3.1 document, made from the schemas that validate, so it is always correct.
import * as z from "zod"
import { createDocument, type oas31, type ZodOpenApiResponsesObject } from "zod-openapi"
import { type ProblemCode, problems } from "../http/problems.ts"
import { adminOperations } from "./contract/admin.ts"
import { adminOrderOperations } from "./contract/adminOrders.ts"
import { adminUserOperations } from "./contract/adminUsers.ts"
import { authOperations } from "./contract/auth.ts"
import { type Answer, type Operation, probes, problemsOf } from "./contract/operation.ts"
import { orderOperations } from "./contract/orders.ts"
import { overviewOperations } from "./contract/overview.ts"
import { problemExtensions } from "./contract/problems.ts"
import { productOperations } from "./contract/products.ts"
import {
  documentOperation,
  mailboxOperations,
  ReadinessReport,
  systemOperations
} from "./contract/system.ts"
import { addExamples } from "./examples.ts"

export interface Deployment {
  /** Whether the mailbox is embedded. */
  readonly mailbox: boolean
  /** Whether `/metrics` asks for no token. */
  readonly openMetrics: boolean
}

/** Every endpoint of a deployment, in the order of the pages. */
export const operationsOf = ({ mailbox, openMetrics }: Deployment): ReadonlyArray<Operation> => [
  ...Object.values(authOperations),
  ...Object.values(productOperations),
  ...Object.values(orderOperations),
  ...Object.values(adminOperations),
  ...Object.values(adminOrderOperations),
  ...Object.values(adminUserOperations),
  ...Object.values(overviewOperations),
  ...Object.values(systemOperations({ open: openMetrics })),
  documentOperation,
  ...(mailbox ? Object.values(mailboxOperations) : [])
]

export const requestIdExample = "5c3f7a52-6f5e-4f0a-9c1d-2d1f5e0b7a11"

const RequestId = z
  .string()
  .meta({ description: "Names the request; yours is kept", header: { id: "X-Request-Id" } })

/** A list of structured fields. */
const listOf = (item: string) => new RegExp(`^${item}(?:, ${item})*$`, "u")

const RateLimit = z
  .string()
  .regex(listOf('"\\w+";r=\\d+;t=\\d+'))
  .optional()
  .meta({
    description: 'What is left of each limit: `"name";r=remaining;t=seconds`',
    header: { id: "RateLimit" }
  })
const RateLimitPolicy = z
  .string()
  .regex(listOf('"\\w+";q=\\d+;w=\\d+'))
  .optional()
  .meta({
    description: 'Each limit: `"name";q=quota;w=seconds`',
    header: { id: "RateLimit-Policy" }
  })
const RetryAfter = z
  .string()
  .regex(/^\d+$/u)
  .meta({
    description: "Seconds until another try makes sense",
    header: { id: "Retry-After" }
  })
const Challenge = z.string().meta({
  description: "The scheme, and what was wrong with the token",
  header: { id: "WWW-Authenticate" }
})

const AcceptEncoding = z
  .string()
  .optional()
  .meta({
    description: "Where the body was packed: which encoding to send it in",
    header: { id: "Accept-Encoding" }
  })

const commonHeaders = (path: string) => ({
  "X-Request-Id": RequestId,
  ...(probes.has(path) ? {} : { RateLimit, "RateLimit-Policy": RateLimitPolicy })
})

const problemSchema = (code: ProblemCode, extension: z.ZodObject) =>
  z.object({
    type: z.literal(`/docs/errors/${code}`),
    title: z.string().meta({ example: problems[code].title }),
    status: z.literal(problems[code].status),
    detail: z.string().meta({ example: problems[code].meaning }),
    instance: z.string().meta({ description: "The request id", example: requestIdExample }),
    code: z.literal(code),
    ...extension.shape
  })

const pascal = (code: string): string =>
  code.replace(/(?:^|_)([a-z])/gu, (_, letter: string) => letter.toUpperCase())

/** The name of a problem's schema, and of its example. */
export const problemName = (code: ProblemCode): string => `${pascal(code)}Problem`

const noExtension = z.object({})
const extensions: { readonly [K in ProblemCode]?: z.ZodObject } = problemExtensions

const schemas = new Map<string, z.ZodType>(
  (Object.keys(problems) as ReadonlyArray<ProblemCode>).map((code) => [
    code,
    problemSchema(code, extensions[code] ?? noExtension).meta({
      id: problemName(code),
      title: problems[code].title,
      description: problems[code].meaning
    })
  ])
)
const NotReady = problemSchema("unavailable", ReadinessReport).meta({
  id: "NotReadyProblem",
  title: "Not ready"
})

const retryHeaders = (status: number) => {
  if (status === 503) return { "Retry-After": RetryAfter }
  // When attempts are used up finally, waiting does not help.
  if (status === 429) return { "Retry-After": RetryAfter.optional() }
  return {}
}

const problemResponses = (operation: Operation): ZodOpenApiResponsesObject => {
  const byStatus = Map.groupBy(problemsOf(operation), (code) => problems[code].status)
  const responses = Array.from(byStatus, ([status, codes]) => {
    const members =
      operation.id === "readiness" && status === 503
        ? [NotReady, ...codes.flatMap((code) => schemas.get(code) ?? [])]
        : codes.flatMap((code) => schemas.get(code) ?? [])
    const [only, ...more] = members
    return [
      String(status),
      {
        description: codes.map((code) => `\`${code}\`: ${problems[code].meaning}`).join("\n\n"),
        headers: z.object({
          ...commonHeaders(operation.path),
          ...(status === 401 ? { "WWW-Authenticate": Challenge } : {}),
          ...(status === 415 ? { "Accept-Encoding": AcceptEncoding } : {}),
          ...retryHeaders(status)
        }),
        content: {
          "application/problem+json": {
            schema: only !== undefined && more.length === 0 ? only : z.union(members)
          }
        }
      }
    ] as const
  })
  return Object.fromEntries(responses)
}

const Csv = z.string().meta({
  description: "RFC 4180, with a line of names first",
  example: "id,number,status\r\n0198c0de5a7e80009d3c2a99eef1513d,K7QF-2M9X,confirmed\r\n"
})

const answerResponse = (
  path: string,
  { description, type = "application/json", orCsv = false, body, headers }: Answer
) => ({
  description,
  headers: z.object({ ...commonHeaders(path), ...headers }),
  ...(body === undefined
    ? {}
    : {
        content: {
          [type]: { schema: body },
          ...(orCsv ? { "text/csv": { schema: Csv } } : {})
        }
      })
})

export const callers: Readonly<Record<Operation["caller"], string>> = {
  anyone: "Anyone.",
  session: "The holder of the refresh token.",
  user: "A user.",
  owner: "Its owner, support, or an administrator.",
  staff: "Support, or an administrator.",
  admin: "An administrator.",
  metrics: "The holder of the metrics token."
}

const security = ({ caller }: Operation): Array<Record<string, Array<string>>> => {
  if (caller === "metrics") return [{ metricsToken: [] }]
  return caller === "anyone" || caller === "session" ? [] : [{ accessToken: [] }]
}

/** In OpenAPI's form, `/api/products/{sku}`. */
export const templatePath = (path: string): string => path.replace(/:(\w+)/gu, "{$1}")

/** An empty parameter is as absent (see `validQuery`). */
const withEmptyValues = (query: z.ZodObject): z.ZodObject =>
  z.object(
    Object.fromEntries(
      Object.entries(query.shape).map(([name, schema]) => [
        name,
        (schema as z.ZodType).meta({
          ...(schema as z.ZodType).meta(),
          param: { allowEmptyValue: true }
        })
      ])
    )
  )

const pathItem = (operation: Operation) => ({
  [operation.method]: {
    operationId: operation.id,
    tags: [operation.tag],
    summary: operation.summary,
    description: [operation.description, `For: ${callers[operation.caller]}`]
      .filter((part) => part !== undefined)
      .join("\n\n"),
    security: security(operation),
    requestParams: {
      ...(operation.params === undefined ? {} : { path: operation.params }),
      ...(operation.query === undefined ? {} : { query: withEmptyValues(operation.query) }),
      ...(operation.headers === undefined ? {} : { header: operation.headers })
    },
    ...(operation.body === undefined
      ? {}
      : {
          requestBody: {
            required: operation.bodyIsOptional !== true,
            content: {
              "application/json": { schema: operation.body, example: operation.example }
            }
          }
        }),
    responses: {
      ...Object.fromEntries(
        Object.entries(operation.answers).map(([status, answer]) => [
          status,
          answerResponse(operation.path, answer)
        ])
      ),
      ...problemResponses(operation)
    }
  }
})

export type OpenApiDocument = oas31.OpenAPIObject

export const openApiDocument = (operations: ReadonlyArray<Operation>): OpenApiDocument => {
  const byPath = Map.groupBy(operations, ({ path }) => templatePath(path))
  const isDevelopment = operations.some(({ tag }) => tag === "Development")
  const document = createDocument({
    openapi: "3.1.0",
    info: {
      title: "Order service",
      version: "1.0.0",
      license: { name: "MIT", identifier: "MIT" },
      contact: { name: "Who runs this deployment" },
      description: [
        "Register (`POST /api/auth/register`), prove the address with the code that is mailed to it (`POST /api/auth/verify-otp`), log in (`POST /api/auth/login`), and send the `accessToken` as `Authorization: Bearer <accessToken>`. Order what is in stock (`GET /api/products`, `POST /api/orders`), and follow the order (`GET /api/orders/{id}/events`).",
        ...(isDevelopment ? ["Nothing is really sent here: `/dev/mailbox` shows the mails."] : []),
        "JSON in and out; times are ISO 8601 in UTC, money is an integer of minor units. Every error is a problem document (RFC 9457) with a `code`."
      ].join(" ")
    },
    servers: [{ url: "/", description: "This deployment" }],
    tags: [
      { name: "Accounts", description: "Accounts, codes and sessions" },
      { name: "Products", description: "The catalogue and its stock" },
      { name: "Orders", description: "Placing, reading and cancelling orders" },
      {
        name: "Administration",
        description: "Orders and users for staff, dead letters, decisions, and audit events"
      },
      { name: "System", description: "Health, metrics and this document" },
      ...(isDevelopment
        ? [
            {
              name: "Development",
              description:
                "Only where nothing is really sent. People read the messages at /dev/mailbox"
            }
          ]
        : [])
    ],
    components: {
      securitySchemes: {
        accessToken: {
          type: "http",
          scheme: "bearer",
          bearerFormat: "JWT",
          description: "The `accessToken` of a login; 15 minutes"
        },
        ...(operations.some(({ caller }) => caller === "metrics")
          ? { metricsToken: { type: "http", scheme: "bearer", description: "`METRICS_TOKEN`" } }
          : {})
      }
    },
    paths: Object.fromEntries(
      Array.from(byPath, ([path, group]) => [path, Object.assign({}, ...group.map(pathItem))])
    )
  }) as OpenApiDocument
  addExamples(document)
  return document
}
