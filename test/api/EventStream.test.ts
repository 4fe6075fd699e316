// A body of server-sent events: what a client that reads gets, and how little is kept for one that does not.
import { assert, describe, it } from "vitest"
import { EventStream, encodeEvents, preamble } from "../../src/api/EventStream.ts"

/** The stream asks for its first chunk by itself, a little later. */
const settled = () => new Promise(setImmediate)

const open = (first = "first") => {
  const ends: Array<string> = []
  const stream = new EventStream(first, () => ends.push("end"))
  const reader = stream.body.getReader()
  const read = async () => {
    const { done, value } = await reader.read()
    return done ? undefined : new TextDecoder().decode(value)
  }
  return { stream, ends, read, leave: () => reader.cancel() }
}

describe("the format", () => {
  it("has an id and one line of JSON for each event, also for data with line breaks", () => {
    const text = encodeEvents([
      { id: 0, data: { a: "line\nbreak\r\u2028: id: 7" } },
      { id: 1, data: null }
    ])
    assert.strictEqual(
      text,
      'id: 0\ndata: {"a":"line\\nbreak\\r\u2028: id: 7"}\n\nid: 1\ndata: null\n\n'
    )
  })

  it("says how long a client waits before it connects again", () => {
    assert.strictEqual(preamble, "retry: 3000\n\n")
  })
})

describe("a stream", () => {
  it("delivers what is sent, in order, to a client that waits", async () => {
    const { stream, read } = open()
    assert.strictEqual(await read(), "first")
    const next = read()
    stream.send("second")
    assert.strictEqual(await next, "second")
    stream.beat()
    assert.strictEqual(await read(), ": heartbeat\n\n")
  })

  it("delivers no event twice to a client that has waited for a while", async () => {
    const { stream, read } = open("0")
    for (let i = 0; i < 3; i++) {
      assert.strictEqual(await read(), `${i}`)
      const next = read()
      await settled()
      stream.send(`${i + 1} `)
      assert.strictEqual(await next, `${i + 1} `)
      stream.send(`${i + 1}`)
      await settled()
    }
  })

  it("ends after delivering what was sent before, and reports its end once", async () => {
    const { stream, ends, read } = open()
    stream.send(" second")
    stream.end()
    stream.end()
    stream.send("too late")
    stream.beat()
    assert.deepStrictEqual([await read(), await read()], ["first second", undefined])
    assert.deepStrictEqual([stream.isOver, ends], [true, ["end"]])
  })

  it("ends when its client disconnects, and accepts nothing afterwards", async () => {
    const { stream, ends, read, leave } = open()
    await read()
    await leave()
    stream.send("nothing")
    stream.beat()
    stream.end()
    assert.deepStrictEqual([stream.isOver, ends], [true, ["end"]])
  })
})

describe("a client that does not read", () => {
  it("gets the missed events in one chunk when it reads again, without old heartbeats", async () => {
    const { stream, read } = open()
    await settled()
    stream.send("a")
    stream.beat()
    stream.send("b")
    assert.strictEqual(await read(), "first")
    assert.strictEqual(await read(), "ab")
    stream.beat()
    assert.strictEqual(await read(), ": heartbeat\n\n")
    assert.isFalse(stream.isOver)
  })

  it("loses its stream at the second heartbeat in a row", async () => {
    const { stream, ends, read } = open()
    await settled()
    stream.beat()
    assert.deepStrictEqual(ends, [])
    stream.beat()
    assert.deepStrictEqual(ends, ["end"])
    assert.deepStrictEqual([await read(), await read()], ["first", undefined])
  })

  it("keeps its stream if it reads between two heartbeats", async () => {
    const { stream, read } = open()
    for (let i = 0; i < 10; i++) {
      await settled()
      stream.beat()
      await read()
      stream.beat()
      await read()
    }
    assert.isFalse(stream.isOver)
  })
})
