// Refuses to run on a Node that is too old, and says what to do instead. The npm scripts preload it, and it
// is the first import of every program, so it is written in a JavaScript that old versions parse, and
// imports nothing.

/** The oldest Node this runs on: the one that `engines` in package.json names. */
export const floor = "22.19.0"

/**
 * @param {string} version
 * @returns {boolean} whether `version` is older than the floor
 */
export const isTooOld = (version) => {
  const actual = version.split(".").map((part) => Number.parseInt(part, 10))
  const needed = floor.split(".").map((part) => Number.parseInt(part, 10))
  const place = needed.findIndex((part, index) => part !== actual[index])
  return place !== -1 && Number(actual[place]) < Number(needed[place])
}

if (isTooOld(process.versions.node)) {
  process.stderr.write(
    [
      `This is Node ${process.versions.node}, and at least Node ${floor} is needed.`,
      "`npm ci` installs the version that this project is pinned to, and npm scripts find it first:",
      "start everything with `npm run …`. Or install a newer Node: https://nodejs.org/en/download",
      ""
    ].join("\n")
  )
  process.exit(1)
}
