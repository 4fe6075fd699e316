// One run of all tests: services for real are started once, beside the tests.
import { defineConfig } from "vitest/config"

export default defineConfig({
  test: {
    // The long ones wait for most of their time.
    maxWorkers: 2,
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/globalSetup.ts"],
    testTimeout: 30_000,
    hookTimeout: 60_000
  }
})
