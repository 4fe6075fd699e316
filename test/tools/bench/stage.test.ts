// Nothing hangs: a program that dies and work that takes too long end a measurement, with what was said last.
import { describe, expect, it } from "vitest"
import { startProgram } from "../../../tools/bench/contestant.ts"
import { whileRunning } from "../../../tools/bench/stage.ts"

const forever = (): Promise<never> => new Promise(() => undefined)

const running = (script: string) => startProgram(["-e", script], {})

describe("work of a measurement", () => {
  it("returns its result", async () => {
    expect(await whileRunning("it", 5, new Set(), () => Promise.resolve(1))).toBe(1)
  })

  it("ends with the output of a program that dies", async () => {
    const program = running(`console.log("no disk left"); process.exit(3)`)
    await expect(whileRunning("it", 20, new Set([program]), forever)).rejects.toThrow(
      /ended by itself with 3:\nno disk left/u
    )
  })

  it("ends at its deadline, with the programs' output, and aborts the work", async () => {
    const program = running(`console.log("waiting"); setInterval(() => undefined, 1000)`)
    let told: AbortSignal | undefined
    const late = whileRunning("the drain", 0.5, new Set([program]), (signal) => {
      told = signal
      return forever()
    })
    await expect(late).rejects.toThrow(/^the drain took longer than 0\.5 s/u)
    expect(told?.aborted).toBe(true)
    await program.stop().catch(() => undefined)
  })
})
