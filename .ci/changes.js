// Prints what CHANGELOG.md says of a version. Fails where it says nothing, and where package.json has another version.
//   node .ci/changes.js VERSION [FOLDER]
import { readFileSync } from "node:fs"
import { join } from "node:path"

const [version = "", folder = "."] = process.argv.slice(2)
const read = (/** @type {string} */ name) => readFileSync(join(folder, name), "utf8")

const fail = (/** @type {string} */ reason) => {
  process.stderr.write(`${reason}\n`)
  process.exitCode = 1
}

/** What stands under "## 1.2.3", "## [1.2.3]" or either with a date behind it. */
const section = read("CHANGELOG.md")
  .split(/^## /mu)
  .find((part) => part.split(/[\s[\]]+/u).filter((word) => word !== "")[0] === version)
const text = section?.split("\n").slice(1).join("\n").trim() ?? ""

const packaged = JSON.parse(read("package.json")).version
if (version === "" || packaged !== version)
  fail(`package.json has version ${packaged}, not ${version}.`)
else if (text === "")
  fail(`CHANGELOG.md says nothing of ${version}: name its section "## ${version}".`)
else process.stdout.write(`${text}\n`)
