// What Prometheus and Grafana are given, as tests look at it.
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { parse } from "yaml"

const root = join(import.meta.dirname, "../..")

export const read = (path: string): string => readFileSync(join(root, path), "utf8")

export const prometheusFolder = join(root, "ops/prometheus")

export interface Rule {
  readonly alert: string
  readonly expr: string
  readonly for: string
  readonly labels: { readonly severity: string }
  readonly annotations: { readonly summary: string; readonly runbook_url: string }
}

interface RuleFile {
  readonly groups: ReadonlyArray<{ readonly name: string; readonly rules: ReadonlyArray<Rule> }>
}

const ruleFile: RuleFile = parse(read("ops/prometheus/alerts.yaml"))
export const rules = ruleFile.groups.flatMap(({ rules }) => rules)

interface Target {
  readonly expr: string
  readonly datasource: { readonly uid: string }
}

export interface Panel {
  readonly id: number
  readonly type: string
  readonly title: string
  readonly gridPos: {
    readonly x: number
    readonly y: number
    readonly w: number
    readonly h: number
  }
  readonly targets?: ReadonlyArray<Target>
}

interface Dashboard {
  readonly uid: string
  readonly title: string
  readonly panels: ReadonlyArray<Panel>
  readonly templating: {
    readonly list: ReadonlyArray<{ readonly name: string; readonly type: string }>
  }
}

export const dashboard: Dashboard = JSON.parse(read("ops/grafana/order-processing.json"))

export const queries = dashboard.panels.flatMap(({ title, targets = [] }) =>
  targets.map(({ expr }) => ({ title, expr }))
)
