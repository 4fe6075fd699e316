// What a run becomes in the documents, and when a quick one fails.
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { goals } from "../../../tools/bench/goals.ts"
import { crossedBounds } from "../../../tools/bench/report/bounds.ts"
import { linearScale, logScale, spread } from "../../../tools/bench/report/curves.ts"
import { plots } from "../../../tools/bench/report/plots.ts"
import { publish, section } from "../../../tools/bench/report/publish.ts"
import { judge } from "../../../tools/bench/report/summary.ts"
import { picture, text } from "../../../tools/bench/report/svg.ts"
import type { Measurement, Results } from "../../../tools/bench/results.ts"
import type { Sample } from "../../../tools/bench/workload.ts"
import * as workloads from "../../../tools/bench/workloads.ts"

const measured = (workload: string, contestant: string, sample: Sample): Measurement => ({
  ...{ workload, contestant, round: 1, sample }
})

const results = (...measurements: ReadonlyArray<Measurement>): Results => ({
  ...{ at: "", command: "", commit: "", machine: "", idle: 0.97, versions: {}, failures: [] },
  pace: { rounds: 1, warmUpSeconds: 1, seconds: 1, messages: 1 },
  workloads: workloads.full.map(({ name, title, unit, better }) => ({ name, title, unit, better })),
  measurements
})

describe("a quick run", () => {
  it("names each bound that it crosses", () => {
    const crossed = crossedBounds(
      results(
        measured("cached-read", "system", { value: 10 }),
        measured("cached-read", "readRedis", { value: 1000 }),
        measured("worker", "system", { value: 500 }),
        measured("worker", "drain", { value: 1000 })
      )
    )
    expect(crossed).toEqual([
      expect.stringMatching(/^cached-read: system ÷ readRedis is 0\.010, and should be ≥ 0\.\d+$/u)
    ])
  })

  it("measures both sides of every bound", () => {
    const names = workloads.quick.flatMap(({ name, contestants }) =>
      contestants.map((contestant) => measured(name, contestant.name, { value: 0.001 }))
    )
    const all = names.map((one) =>
      one.contestant === "system" ? one : { ...one, sample: { value: 1000 } }
    )
    expect(crossedBounds(results(...all)).map((line) => line.split(":")[0])).toEqual(
      workloads.quick.map(({ name }) => name)
    )
  })
})

describe("the heading of the table", () => {
  it("says how idle the machine was", () => {
    expect(section(results(), [])).toContain("\n\nThe machine was 97 % idle before the run.\n\n|")
  })

  it("warns of a machine that had other work", () => {
    const busy = section({ ...results(), idle: 0.894 }, [])
    expect(busy).toContain("\n\nBUSY MACHINE: only 89 % idle before the run")
  })
})

describe("publishing", () => {
  it("writes the table and the plots that it names, also repeatedly", async () => {
    const docs = await mkdtemp(join(tmpdir(), "bench-docs-"))
    try {
      await writeFile(join(docs, "performance.md"), "<!-- bench -->\n<!-- /bench -->\n")
      const run = results(
        measured("cached-read", "system", { value: 3000 }),
        measured("cached-read", "express", { value: 100 })
      )
      await publish(run, docs)
      await publish(run, docs)
      const written = await readFile(join(docs, "performance.md"), "utf8")
      expect(written.match(/\| express +\|.*\| +30\.0 \| ≥ 1\.2 met/gu)).toHaveLength(1)
      const named = Array.from(written.matchAll(/\(plots\/(\S+)\)/gu), ([, name]) => name)
      expect(named).toEqual(["throughput.svg"])
      expect(await readdir(join(docs, "plots"))).toEqual(named)
    } finally {
      await rm(docs, { recursive: true })
    }
  })
})

describe("scales", () => {
  it("map ends to ends, and equal factors to equal distances", () => {
    const { at, ticks } = logScale(1, 100, 0, 200)
    expect([at(1), at(10), at(100)]).toEqual([0, 100, 200])
    expect(ticks).toEqual([1, 2, 5, 10, 20, 50, 100])
  })

  it("begin at 0 where they are linear", () => {
    const { at, ticks } = linearScale(1000, 100, 0)
    expect([at(0), at(500), at(1000)]).toEqual([100, 50, 0])
    expect(ticks).toEqual([0, 200, 400, 600, 800, 1000])
  })

  it("move names apart that would cover each other, and no others", () => {
    expect(spread([50, 10, 12], 14)).toEqual([50, 10, 24])
  })
})

describe("a picture", () => {
  it("escapes what stands in it", () => {
    expect(picture(10, 10, `"<&>"`, [text(1, 2, "<b>&")])).toMatch(
      /aria-label="&quot;&lt;&amp;&gt;&quot;"[\s\S]*>&lt;b&gt;&amp;<\/text>/u
    )
  })

  it("has a background and colours for light and for dark", () => {
    const svg = picture(10, 10, "nothing", [])
    expect(svg).toContain(".back{fill:#ffffff}")
    expect(svg).toMatch(/@media \(prefers-color-scheme:dark\)\{[^@]*\.back\{fill:#0d1117\}/u)
    expect(svg).toContain(`class="back"`)
  })
})

const complete = results(
  ...workloads.full.flatMap(({ name, contestants }, i) =>
    contestants.map((contestant, j) =>
      measured(name, contestant.name, {
        value: 100 + i,
        p50: 1 + i,
        p99: 10 + i,
        perSecond: 10 * (j + 1)
      })
    )
  )
)

it("measures both sides of every goal in a full run", () => {
  expect(judge(complete, goals).map(({ goal }) => goal)).toEqual(goals)
})

describe("the plots of a run", () => {
  it("show every contestant of a workload", () => {
    const all = plots(complete)
    expect(Array.from(all.keys())).toEqual(["throughput.svg", "latency.svg", "growth.svg"])
    for (const { name } of workloads.full[0]?.contestants ?? [])
      expect(all.get("throughput.svg")).toContain(`>${name}<`)
    expect(all.get("latency.svg")).toContain(">express p99<")
    expect(all.get("growth.svg")).toContain(">place<")
  })

  it("have only numbers as coordinates", () => {
    for (const svg of plots(complete).values()) expect(svg).not.toMatch(/NaN|Infinity|undefined/u)
  })

  it("omit pictures of workloads that were not measured", () => {
    const some = results(measured("cached-read", "system", { value: 1 }))
    expect(Array.from(plots(some).keys())).toEqual(["throughput.svg"])
  })
})
