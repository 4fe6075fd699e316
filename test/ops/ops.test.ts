// Alerts, dashboard and runbook belong together, and Prometheus takes the rules. That what they ask for is measured is
// shown by test/e2e/metrics.test.ts, on the scrapes of real processes.
import { execFile } from "node:child_process"
import { promisify } from "node:util"
import { describe, expect, it } from "vitest"
import { obtainPromtool } from "../../tools/harness/obtain/binaries.ts"
import { describeWithTool } from "../suite.ts"
import { dashboard, prometheusFolder, queries, read, rules } from "./files.ts"
import { groupedBy, selectorsIn } from "./promql.ts"

describe("an alert", () => {
  const runbook = read("docs/runbook.md")
  const headings = Array.from(runbook.matchAll(/^## (.+)$/gmu), ([, title = ""]) => title)

  it("exists", () => expect(rules.length).toBeGreaterThan(15))

  it("has a unique name", () => {
    const names = rules.map(({ alert }) => alert)
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([])
  })

  it.each(rules)("$alert has an entry with its name in the runbook, and links there", (rule) => {
    expect(headings).toContain(rule.alert)
    expect(rule.annotations.runbook_url).toBe(`docs/runbook.md#${rule.alert.toLowerCase()}`)
    expect(rule.annotations.summary).not.toBe("")
    expect(["page", "ticket"]).toContain(rule.labels.severity)
    expect(rule.for).toMatch(/^\d+m$/u)
  })

  it.each(rules)("$alert has a test for its rule", ({ alert }) => {
    expect(read("ops/prometheus/alerts.test.yaml")).toMatch(
      new RegExp(`alertname: ${alert}\\n +exp_alerts:\\n +- exp_labels`, "u")
    )
  })

  it("exists for each entry of the runbook", () => {
    const names: ReadonlyArray<string> = ["Setting up", ...rules.map(({ alert }) => alert)]
    expect(headings.filter((title) => !names.includes(title))).toEqual([])
  })
})

describe("the dashboard", () => {
  it("can be imported anywhere: it has its own uid, and asks for its data source", () => {
    expect(dashboard.uid).toBe("order-processing")
    expect(dashboard.templating.list).toContainEqual(
      expect.objectContaining({ name: "datasource", type: "datasource" })
    )
    for (const { targets = [] } of dashboard.panels)
      for (const { datasource } of targets) expect(datasource.uid).toMatch(/^\$\{datasource\}$/u)
  })

  it("groups its panels", () => {
    const rows = dashboard.panels.filter(({ type }) => type === "row").map(({ title }) => title)
    expect(rows).toEqual([
      ...["Now", "HTTP", "Orders", "Queue", "Mails", "Dependencies", "Process"]
    ])
  })

  it("has panels with a query that do not overlap", () => {
    const { panels } = dashboard
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length)
    const overlaps = panels.flatMap((a, i) =>
      panels
        .slice(i + 1)
        .filter(
          ({ gridPos: b }) =>
            a.gridPos.x < b.x + b.w &&
            b.x < a.gridPos.x + a.gridPos.w &&
            a.gridPos.y < b.y + b.h &&
            b.y < a.gridPos.y + a.gridPos.h
        )
    )
    expect(overlaps).toEqual([])
    for (const { type, title, targets = [] } of panels)
      expect(targets.length > 0, title).toBe(type !== "row")
    expect(queries.length).toBeGreaterThan(50)
  })
})

describe("the metrics of an expression", () => {
  it("are found, within any function", () => {
    const expr = `max by (job, le) (rate(a_total{job="x",code=~"5.."}[5m])) > 0.5
      and time() - b_seconds >= 1e3 or absent(up == 1)`
    expect(selectorsIn(expr)).toEqual([
      {
        metric: "a_total",
        matchers: [
          { label: "job", operator: "=", value: "x" },
          { label: "code", operator: "=~", value: "5.." }
        ]
      },
      { metric: "b_seconds", matchers: [] },
      { metric: "up", matchers: [] }
    ])
    expect(groupedBy(expr)).toEqual(["job", "le"])
  })
})

await describeWithTool("promtool", obtainPromtool, (promtool) => {
  const run = promisify(execFile)
  const cwd = prometheusFolder

  it.each([
    ["takes the configuration", ["check", "config", "--syntax-only", "prometheus.yaml"]],
    ["takes the rules", ["check", "rules", "alerts.yaml"]],
    ["sees each alert fire when it should, and only then", ["test", "rules", "alerts.test.yaml"]]
  ])("%s", async (_what, args) => {
    await run(promtool, args, { cwd }).catch(
      (error: { readonly stdout?: string; readonly stderr?: string }) => {
        throw new Error(`promtool ${args.join(" ")}: ${error.stdout}${error.stderr}`)
      }
    )
  })
})
