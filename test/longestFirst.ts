// The order in which files run. A file that begins last and takes minutes would have the others' workers wait for it.
// Vitest knows how long each took in the run before, and begins with the longest of all folders: some wait while others
// compute. Files of one folder mostly do the same. Where there was no run before, it would begin with the largest, and
// the longest are small.
import { BaseSequencer, type TestSpecification } from "vitest/node"

/** The longest first. Within one of these Vitest's own order holds, which mixes those that wait and those that compute. */
const places = [
  /\/test\/(?:types|package)\./u,
  /\/test\/tools\/(?:chaos|fuzz)\//u,
  /\/test\/conformance\/(?:live|workerd|lambda|embedded)\./u,
  /\/test\/(?:e2e|browser|conformance|tools\/simulate)\/|\/test\/layers\/(?:mongo|redis|aws)\//u
]

const rankOf = ({ moduleId }: TestSpecification): number => {
  const rank = places.findIndex((place) => place.test(moduleId))
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
