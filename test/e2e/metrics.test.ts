// The first scrape of each process has all that alerts and dashboard ask for, at 0 where nothing has happened yet.
import { spawn } from "node:child_process"
import { text as textOf } from "node:stream/consumers"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { makeClient } from "../../tools/harness/client.ts"
import { obtainPromtool } from "../../tools/harness/obtain/binaries.ts"
import { stockUp } from "../../tools/harness/setUp.ts"
import { type System, startSystem } from "../../tools/harness/system.ts"
import { until } from "../../tools/harness/until.ts"
import { type Series, seriesIn } from "../ops/exposition.ts"
import { queries, rules } from "../ops/files.ts"
import { groupedBy, type Matcher, type Selector, selectorsIn } from "../ops/promql.ts"
import { describeWith, describeWithTool } from "../suite.ts"

/** What Prometheus adds. */
const ofPrometheus = ["job", "instance"]

const asked = [
  ...rules.map(({ alert, expr }) => ({ by: `alert ${alert}`, expr })),
  ...queries.map(({ title, expr }) => ({ by: `panel ${title}`, expr }))
].map(({ by, expr }) => ({
  by,
  expr,
  // Dashboards put a choice of routes there.
  selectors: selectorsIn(expr.replaceAll("$route", ".*")).filter(({ metric }) => metric !== "up")
}))

const fits = ({ labels }: Series, { label, operator, value }: Matcher): boolean => {
  const actual = labels[label] ?? ""
  const isMatch = new RegExp(`^(?:${value})$`, "u").test(actual)
  switch (operator) {
    case "=":
      return actual === value
    case "!=":
      return actual !== value
    case "=~":
      return isMatch
    case "!~":
      return !isMatch
  }
}

describeWith(["mongo", "redis", "sqs", "ses"], "the metrics", (services) => {
  let system: System
  let scrapes: { readonly api: string; readonly worker: string }
  let urls: { readonly api: string; readonly worker: string }
  const scrape = async (url: string): Promise<string> => {
    const token = system.env["METRICS_TOKEN"]
    const { status, text } = await makeClient(url, token).get("/metrics")
    expect(status).toBe(200)
    return text
  }
  beforeAll(async () => {
    system = await startSystem(services, { REVISION: "abc123" })
    const api = await system.startApi()
    const worker = await system.startWorker()
    urls = { api: api.url, worker: worker.url }
    scrapes = { api: await scrape(api.url), worker: await scrape(worker.url) }
  })
  afterAll(() => system?.stop())

  /** Of the jobs that a selector may mean. */
  const seriesFor = (matchers: ReadonlyArray<Matcher>): ReadonlyArray<Series> => {
    const job = matchers.find(({ label }) => label === "job")
    return (["api", "worker"] as const)
      .filter(
        (name) =>
          job === undefined || fits({ metric: "", labels: { job: `order-${name}` }, value: 0 }, job)
      )
      .flatMap((name) => seriesIn(scrapes[name]))
  }

  /** The labels of what a selector asks for, all of which is there. */
  const labelsOf = ({ metric, matchers }: Selector): ReadonlyArray<string> => {
    const own = matchers.filter(({ label }) => !ofPrometheus.includes(label))
    const named = seriesFor(matchers).filter((series) => series.metric === metric)
    expect(named, metric).not.toEqual([])
    const found = named.filter((series) => own.every((matcher) => fits(series, matcher)))
    expect(found, `${metric} ${JSON.stringify(own)}`).not.toEqual([])
    const labels = named.flatMap((series) => Object.keys(series.labels))
    // A negative matcher fits also where its label is not.
    for (const { label } of own) expect(labels, metric).toContain(label)
    return labels
  }

  it.each(asked)("have from the first scrape everything that $by uses", ({ expr, selectors }) => {
    expect(selectors.length + (expr.includes("up{") ? 1 : 0)).toBeGreaterThan(0)
    const labels = [...ofPrometheus, ...selectors.flatMap(labelsOf)]
    for (const label of groupedBy(expr)) expect(labels, expr).toContain(label)
  })

  it("begin at 0", () => {
    const counters = [...seriesIn(scrapes.api), ...seriesIn(scrapes.worker)].filter(
      ({ metric }) => /_(?:total|count)$/u.test(metric) && metric !== "process_cpu_seconds_total"
    )
    expect(counters.length).toBeGreaterThan(100)
    // What balancers would ask.
    const moved = counters.filter(({ value }) => value !== 0).map(({ metric }) => metric)
    expect(moved).toEqual([])
  })

  it("have the version and the start time", () => {
    for (const text of Object.values(scrapes)) {
      const series = seriesIn(text)
      const build = series.find(({ metric }) => metric === "build_info")
      expect(build).toMatchObject({ value: 1, labels: { revision: "abc123" } })
      expect(build?.labels["version"]).toMatch(/^\d+\.\d+\.\d+/u)
      expect(build?.labels["node"]).toBe(process.versions.node)
      const started = series.find(({ metric }) => metric === "process_start_time_seconds")
      expect(Math.abs((started?.value ?? 0) - Date.now() / 1000)).toBeLessThan(120)
    }
  })

  it("count the outcomes of orders, and the work that waits outside the processes", async () => {
    const admin = await system.signUp(urls.api, "admin", "admin")
    await stockUp(admin.client, { lamp: 10 })
    const { status, body } = await admin.client.post("/api/orders", {
      items: [{ sku: "lamp", quantity: 1 }]
    })
    expect(status).toBe(201)
    await until(
      "the order is mailed",
      () => admin.client.get(`/api/orders/${body.id}`),
      (answer) => answer.body.confirmation.state === "sent"
    )
    const valueIn = (text: string, metric: string, labels: Readonly<Record<string, string>> = {}) =>
      seriesIn(text).find(
        (series) =>
          series.metric === metric &&
          Object.entries(labels).every(([name, value]) => series.labels[name] === value)
      )?.value
    const [api, worker] = [await scrape(urls.api), await scrape(urls.worker)]
    const requests = { route: "/api/orders", method: "POST", status: "201" }
    expect(valueIn(api, "http_requests_total", requests)).toBe(1)
    expect(valueIn(api, "http_request_duration_seconds_count", requests)).toBe(1)
    expect(valueIn(api, "orders_placed_total")).toBe(1)
    expect(valueIn(worker, "orders_confirmed_total")).toBe(1)
    expect(valueIn(worker, "mails_sent_total")).toBe(1)
    for (const text of [api, worker])
      for (const dependency of ["mongo", "redis", "sqs", "ses"])
        expect(valueIn(text, "dependency_ready", { dependency }), dependency).toBe(1)
    for (const metric of ["dead_letter_messages", "orders_attention"])
      expect(valueIn(worker, metric), metric).toBe(0)
    for (const state of ["visible", "in_flight", "delayed"])
      expect(valueIn(worker, "queue_messages", { state }), state).toBeGreaterThanOrEqual(0)
  })

  it("have a bounded number of series, for any number of requested paths", async () => {
    const before = seriesIn(await scrape(urls.api)).length
    const client = makeClient(urls.api)
    for (let i = 0; i < 50; i++) await client.get(`/api/products/${crypto.randomUUID()}`)
    // A status that came for the first time has the buckets of a histogram, and a counter.
    expect(seriesIn(await scrape(urls.api)).length - before).toBeLessThan(20)
  })

  describe("to Prometheus", async () => {
    await describeWithTool("promtool", obtainPromtool, (promtool) => {
      it("are well formed and well named", async () => {
        for (const text of Object.values(scrapes)) {
          const child = spawn(promtool, ["check", "metrics"], { stdio: "pipe" })
          child.stdin.end(text)
          const [out, errors] = await Promise.all([textOf(child.stdout), textOf(child.stderr)])
          expect(`${out}${errors}`).toBe("")
        }
      })
    })
  })
})
