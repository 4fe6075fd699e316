// The people of the suite: an admin, two users, and products that each test makes for itself.
import { assert } from "vitest"
import type { Answer } from "../../tools/harness/openapi.ts"
import { type Call, type Client, connect, type Target } from "./target.ts"

export interface Person {
  readonly email: string
  readonly password: string
  readonly id: string
  readonly token: string
  readonly refreshToken: string
}

interface Message {
  readonly id: number
  readonly to: string
  readonly channel: string
  readonly subject: string
  readonly text: string
  readonly html: string
}

export interface World extends Client {
  readonly target: Target
  readonly admin: Person
  readonly ada: Person
  readonly bob: Person
  readonly post: (path: string, json: unknown, call?: Call) => Promise<Answer>
  readonly get: (path: string, call?: Call) => Promise<Answer>
  readonly messages: (to: string) => Promise<ReadonlyArray<Message>>
  /** The newest one with this subject, once it is there. */
  readonly mailAbout: (to: string, subject: string) => Promise<Message>
  /** The newest code that went to an address or number. */
  readonly codeFor: (to: string) => Promise<string>
  readonly register: (
    email: string,
    secret?: string
  ) => Promise<{ readonly id: string; readonly code: string }>
  readonly login: (email: string, password: string) => Promise<Person>
  /** A new user, logged in. */
  readonly join: (name: string) => Promise<Person>
  /** A product for sale with this much in stock. */
  readonly product: (stock: number, change?: object) => Promise<string>
  readonly available: (sku: string) => Promise<number>
  readonly order: (person: Person, items: ReadonlyArray<object>, key?: string) => Promise<Answer>
}

/** Fits every system: unique also where a database outlives the run. */
export const unique = (name: string): string => `${name}-${crypto.randomUUID().slice(0, 8)}`

/** Six digits, or twelve characters in groups. */
const anyCode = /\b(?:\d{6}|[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4})\b/u

/** E.164. */
export const uniquePhone = (): string => {
  const [number] = crypto.getRandomValues(new Uint32Array(1))
  return `+1415${String(number).padStart(10, "0").slice(-7)}`
}

export const password = "correct horse battery"

export const expectProblem = (answer: Answer, status: number, code: string): void => {
  assert.deepStrictEqual([answer.status, answer.json?.code], [status, code], answer.text)
}

/**
 * Asks until there is an answer: mail goes out behind the answers of the system. It pauses in between, since
 * questions count for the client's limit. Its own deadline, because a system in this process may leave no time to
 * the test's.
 */
export const eventually = async <A>(
  what: string,
  ask: () => Promise<A | undefined | false>
): Promise<A> => {
  const deadline = performance.now() + 20_000
  while (performance.now() < deadline) {
    const answer = await ask()
    if (answer !== undefined && answer !== false) return answer
    // A system in this process answers some requests without any I/O: then its own would never be read.
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  throw new Error(`${what} did not come`)
}

export const openWorld = async (target: Target): Promise<World> => {
  const client = await connect(target)
  const { call } = client
  const get: World["get"] = (path, options) => call("GET", path, options)
  const post: World["post"] = (path, json, options) => call("POST", path, { ...options, json })

  const messages: World["messages"] = async (to) =>
    (await get("/dev/mailbox.json")).json.filter((message: Message) => message.to === to)

  const mailAbout: World["mailAbout"] = (to, subject) =>
    eventually(`a mail "${subject}"`, async () =>
      (await messages(to)).find((message) => message.subject === subject)
    )

  const codeFor: World["codeFor"] = (to) =>
    eventually("a code", async () => (await messages(to))[0]?.text.match(anyCode)?.[0])

  const register: World["register"] = async (email, secret = password) => {
    const body = { email, password: secret, name: "Somebody" }
    const answer = await post("/api/auth/register", body)
    assert.strictEqual(answer.status, 202, answer.text)
    return { id: answer.json.verificationId, code: await codeFor(email) }
  }

  const login: World["login"] = async (email, secret) => {
    const { status, text, json } = await post("/api/auth/login", { email, password: secret })
    assert.strictEqual(status, 200, text)
    const { accessToken: token, refreshToken, user } = json
    return { email, password: secret, id: user.id, token, refreshToken }
  }

  const join: World["join"] = async (name) => {
    const email = `${unique(name)}@example.com`
    const { id, code } = await register(email)
    const verified = await post("/api/auth/verify-otp", { verificationId: id, otp: code })
    assert.strictEqual(verified.status, 200, verified.text)
    return login(email, password)
  }

  const admin = await login(target.admin.email, target.admin.password)
  return {
    ...client,
    target,
    get,
    post,
    messages,
    mailAbout,
    codeFor,
    register,
    login,
    join,
    admin,
    ada: await join("ada"),
    bob: await join("bob"),
    product: async (stock, change = {}) => {
      const sku = unique("sku")
      const json = { name: "Thing", unitPrice: 1250, currency: "EUR", ...change }
      const { token } = admin
      assert.strictEqual((await call("PUT", `/api/products/${sku}`, { json, token })).status, 201)
      if (stock > 0)
        await post(`/api/products/${sku}/stock`, { delta: stock, reason: "delivery" }, { token })
      return sku
    },
    available: async (sku) => (await get(`/api/products/${sku}`)).json.available,
    order: ({ token }, items, key) =>
      post(
        "/api/orders",
        { items },
        { token, headers: key === undefined ? {} : { "idempotency-key": key } }
      )
  }
}
