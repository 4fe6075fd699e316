// The suite against the API on AWS Lambda's events, answers streamed.
import { afterAll, expect, vi } from "vitest"
import { embedded } from "./embedded.ts"
import { lambda, lambdaGaps } from "./lambda.ts"
import { conformance } from "./suite.ts"

/** Hono's adapter writes there what it could not answer. */
const errors = vi.spyOn(console, "error")
afterAll(() => expect(errors.mock.calls).toEqual([]))

conformance("the API on AWS Lambda", lambda(embedded), { settles: true, gaps: lambdaGaps })
