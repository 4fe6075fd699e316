// One run of all tests: services for real are started once, beside the tests.
import { defineConfig } from "vitest/config"

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/services/global-setup.ts"],
    testTimeout: 30_000,
    hookTimeout: 60_000
  }
})
