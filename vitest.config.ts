// One run of all tests: services for real are started once, beside the tests.
import { defineConfig } from "vitest/config"
import { LongestFirst } from "./test/longestFirst.ts"

const entries = `${import.meta.dirname}/src/entries`

export default defineConfig({
  resolve: {
    // The examples import the package by its name, as those who install it do.
    alias: [
      { find: /^order-processing$/, replacement: `${entries}/index.ts` },
      { find: /^order-processing\/(.+)$/, replacement: `${entries}/$1.ts` }
    ]
  },
  test: {
    // Files share their worker and what it has imported: a process for each file took 0.8 s of CPU more.
    isolate: false,
    // The long ones wait for half of their time: three at a time left two cores idle for a sixth of it.
    maxWorkers: 4,
    maxConcurrency: 3,
    sequence: { sequencer: LongestFirst },
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/globalSetup.ts"],
    // For the programs that tests start: each of ours takes a third less to start, and the compiler, which is in Go, a
    // third less CPU for up to a fifth more memory.
    env: { NODE_COMPILE_CACHE: `${import.meta.dirname}/node_modules/.cache/compiled`, GOGC: "400" },
    testTimeout: 30_000,
    hookTimeout: 60_000
  }
})
