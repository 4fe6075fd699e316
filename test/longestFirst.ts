// The order in which files run. A file that begins last and takes minutes would have the others' workers wait for it.
// Vitest knows how long each took in the run before, and begins with the longest of all folders: some wait while others
// compute. Files of one folder mostly do the same. Where there was no run before, it would begin with the largest, and
// the longest are small.
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
    const { cache } = this.ctx
    const areKnown = files.every((file) => cache.getTestSpecificationResult(file) !== undefined)
    return areKnown ? sorted : sorted.toSorted((a, b) => rankOf(a) - rankOf(b))
  }
}
