// The order in which files run. A file that begins last and takes minutes would have the others' workers wait for it.
// Vitest knows how long each took in the run before; where there was none it begins with the largest, and these are small.
import { BaseSequencer, type TestSpecification } from "vitest/node"

/** The longest first. Within one of these Vitest's own order holds. */
const places = [
  "/test/types.",
  "/test/tools/chaos/",
  "/test/tools/fuzz/",
  "/test/e2e/",
  "/test/browser/"
]

const rankOf = ({ moduleId }: TestSpecification): number => {
  const rank = places.findIndex((place) => moduleId.includes(place))
  return rank === -1 ? places.length : rank
}

export class LongestFirst extends BaseSequencer {
  override async sort(files: Array<TestSpecification>): Promise<Array<TestSpecification>> {
    const sorted = await super.sort(files)
    return sorted.toSorted((a, b) => rankOf(a) - rankOf(b))
  }
}
