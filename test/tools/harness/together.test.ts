// Nothing that was started is left behind, also after a failure.
import { assert, describe, it } from "vitest"
import { makeTogether } from "../../../tools/harness/together.ts"

const stopped = () => {
  const names: Array<string> = []
  const service = (name: string, failure?: Error) => ({
    stop: async () => {
      names.push(name)
      if (failure !== undefined) throw failure
    }
  })
  return { names, service }
}

describe("services that are kept together", () => {
  it("stop in reverse order, once", async () => {
    const { names, service } = stopped()
    const { keep, stop } = makeTogether()
    await keep(Promise.resolve(service("database")))
    await keep(Promise.resolve(service("system")))
    await Promise.all([stop(), stop()])
    assert.deepStrictEqual(names, ["system", "database"])
  })

  it("stop although one has not started, and one was still starting", async () => {
    const { names, service } = stopped()
    const { keep, stop } = makeTogether()
    const late = Promise.withResolvers<ReturnType<typeof service>>()
    const failing = keep(Promise.reject(new Error("no port")))
    void keep(late.promise)
    await failing.then(assert.fail, () => undefined)
    const stopping = stop()
    late.resolve(service("late"))
    await stopping
    assert.deepStrictEqual(names, ["late"])
  })

  it("all stop when one can't be stopped, and the error is reported", async () => {
    const { names, service } = stopped()
    const { keep, stop } = makeTogether()
    await keep(Promise.resolve(service("database")))
    await keep(Promise.resolve(service("queue", new Error("stuck"))))
    const reason = await stop().then(
      () => undefined,
      (error: unknown) => error
    )
    assert.deepStrictEqual(names, ["queue", "database"])
    assert.strictEqual(reason instanceof Error && reason.message, "stuck")
  })
})
