// Whose time a CPU profile shows.
import { mkdtempDisposable, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "vitest"
import { type CpuProfile, profiled, profileTable, spentIn } from "../../../tools/bench/profile.ts"

const node = (
  id: number,
  functionName: string,
  url = "",
  children: ReadonlyArray<number> = []
) => ({
  id,
  callFrame: { functionName, url },
  children
})

const profile: CpuProfile = {
  nodes: [
    node(1, "(root)", "", [2, 3, 4, 7]),
    node(2, "(idle)"),
    node(3, "(garbage collector)"),
    node(4, "place", "file:///srv/dist/services/placeOrder.js", [5]),
    node(5, "send", "file:///srv/node_modules/@smithy/core/dist-cjs/index.js", [6]),
    node(6, "write", "node:net"),
    node(7, "runMicrotasks", "", [8]),
    node(8, "query", "/srv/node_modules/mongodb/lib/cursor.js")
  ],
  samples: [2, 3, 4, 5, 6, 7, 8],
  timeDeltas: [1000, 10, 20, 30, 15, 5, 20]
}

describe("the shares of a profile", () => {
  it("are of the busy time, the largest first, and Node's own work counts for its caller", () => {
    assert.deepStrictEqual(spentIn(profile).shares, [
      { owner: "@smithy/core", part: 0.45 },
      { owner: "its own code", part: 0.2 },
      { owner: "mongodb", part: 0.2 },
      { owner: "garbage collector", part: 0.1 },
      { owner: "Node and V8", part: 0.05 }
    ])
  })
})

describe("the table of a folder", () => {
  it("shows its busiest profile, and does not exist without a profile", async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), "profiles-"))
    assert.isUndefined(profileTable(folder.path))
    assert.isUndefined(profileTable(join(folder.path, "nowhere")))
    const lazy = { ...profile, samples: [2, 8], timeDeltas: [1000, 50] }
    const inThread = { ...profile, samples: [8], timeDeltas: [9000] }
    const write = (name: string, content: CpuProfile) =>
      writeFile(
        join(folder.path, `CPU.20261127.120000.${name}.cpuprofile`),
        JSON.stringify(content)
      )
    await write("100.0.001", lazy)
    await write("101.0.001", profile)
    await write("101.1.002", inThread)
    assert.match(profileTable(folder.path) ?? "", /^\| @smithy\/core +\| 45\.0 \|$/mu)
  })
})

describe("a profiled contestant", () => {
  it("is the same, from its sources, with a profiler in each of its programs", () => {
    const seed = () => Promise.resolve()
    const contestant = { name: "system", api: ["/srv/dist/programs/api.js"], seed }
    assert.deepStrictEqual(profiled(contestant, "profiles"), {
      ...contestant,
      api: ["--cpu-prof", "--cpu-prof-dir", "profiles", "/srv/src/programs/api.ts"]
    })
  })
})
