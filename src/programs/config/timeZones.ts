// Time zones by their IANA names, as far as the host's Intl knows them.
import { Option } from "effect"
import { nearestWord } from "../nearestWord.ts"

/** Case does not matter. An offset such as `+02:00`, which newer hosts accept, is refused. */
export const isTimeZone = (name: string): boolean => {
  if (!/^[a-z]/iu.test(name)) return false
  // What is configured by default: a program's first use of Intl takes longer than the rest of its configuration.
  if (name === "UTC") return true
  try {
    new Intl.DateTimeFormat("en", { timeZone: name })
    return true
  } catch {
    return false
  }
}

/** The one that was most likely meant, also where its city alone was given. */
export const nearestTimeZone = (name: string): Option.Option<string> => {
  const zones = ["UTC", ...Intl.supportedValuesOf("timeZone")]
  const byCity = new Map(zones.map((zone) => [zone.replace(/.*\//u, ""), zone]))
  return nearestWord(name, zones).pipe(
    Option.orElse(() => nearestWord(name, [...byCity.keys()])),
    Option.map((near) => byCity.get(near) ?? near)
  )
}
