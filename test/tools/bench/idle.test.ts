// How idle the machine is: work of other processes shows.
import { cpus } from "node:os"
import { expect, it } from "vitest"
import { startProgram } from "../../../tools/bench/contestant.ts"
import { measureIdle } from "../../../tools/bench/idle.ts"

it("is hardly idle while a program is busy for each processor", async () => {
  const programs = cpus().map(() => startProgram(["-e", "for (;;);"], {}))
  try {
    const share = await measureIdle(1)
    expect(share).toBeGreaterThanOrEqual(0)
    expect(share).toBeLessThan(0.3)
  } finally {
    await Promise.all(programs.map(({ kill }) => kill()))
  }
})
