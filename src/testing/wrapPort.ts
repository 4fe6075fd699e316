// Wraps every member of a port that is an effect or returns one, by its type and not by name, so later methods are
// covered too.
import { Effect } from "effect"

// biome-ignore lint/suspicious/noExplicitAny: one wrapper for calls of every type
export type AnyEffect = Effect.Effect<any, any, any>

export interface Call {
  readonly method: string
  readonly args: ReadonlyArray<unknown>
  /** The call itself, with its own arguments or others. */
  readonly run: (args?: ReadonlyArray<unknown>) => AnyEffect
}

const isFunction = (value: unknown): value is (...args: ReadonlyArray<unknown>) => unknown =>
  typeof value === "function"

export const wrapPort = <S extends object>(port: S, around: (call: Call) => AnyEffect): S =>
  new Proxy(port, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name)
      const method = String(name)
      if (Effect.isEffect(member)) return around({ method, args: [], run: () => member })
      if (!isFunction(member)) return member
      return (...args: ReadonlyArray<unknown>) => {
        const result = member.apply(target, [...args])
        if (!Effect.isEffect(result)) return result
        const run = (others?: ReadonlyArray<unknown>): AnyEffect =>
          others === undefined
            ? result
            : Effect.suspend(() => member.apply(target, [...others]) as AnyEffect)
        return around({ method, args, run })
      }
    }
  })
