// Requests and answers as JSON Schema: Fastify checks the former and writes the latter by them.

/** Options of Fastify's Ajv: unknown fields are refused, not dropped; "3" is no number. */
export const strict = { customOptions: { removeAdditional: false, coerceTypes: false } } as const

export const orderBody = {
  type: "object",
  required: ["items"],
  additionalProperties: false,
  properties: {
    items: {
      type: "array",
      minItems: 1,
      maxItems: 50,
      items: {
        type: "object",
        required: ["sku", "quantity"],
        additionalProperties: false,
        properties: {
          sku: { type: "string", minLength: 1, maxLength: 64 },
          quantity: { type: "integer", minimum: 1, maximum: 1000 }
        }
      }
    }
  }
} as const

const date = { type: "string", format: "date-time" } as const

export const order = {
  type: "object",
  properties: {
    id: { type: "string" },
    userId: { type: "string" },
    status: { type: "string" },
    items: {
      type: "array",
      items: {
        type: "object",
        properties: {
          sku: { type: "string" },
          name: { type: "string" },
          quantity: { type: "integer" },
          unitPrice: { type: "integer" }
        }
      }
    },
    total: { type: "integer" },
    currency: { type: "string" },
    createdAt: date,
    updatedAt: date,
    version: { type: "integer" },
    timeline: {
      type: "array",
      items: { type: "object", properties: { status: { type: "string" }, at: date } }
    },
    confirmation: { type: "object", properties: { state: { type: "string" }, at: date } }
  }
} as const

export const product = {
  type: "object",
  properties: {
    sku: { type: "string" },
    name: { type: "string" },
    unitPrice: { type: "integer" },
    currency: { type: "string" },
    available: { type: "integer" }
  }
} as const
