// The previous version, whose worker sent mails while it held messages: built from this repository's history, so that
// a deployment and its roll-back can be played.
import { execFileSync } from "node:child_process"
import { existsSync, mkdirSync, symlinkSync } from "node:fs"
import { resolve } from "node:path"

/** The last commit whose worker confirmed and mailed in one step. */
const commit = "45453819b9f5f3b24d98e9bd170311451e7805b4"

const root = resolve(import.meta.dirname, "../..")
const folder = resolve(root, "node_modules/.cache/version-before", commit)

/** Where its root is; built once. Throws where the history does not have it. */
export function versionBefore(): string {
  if (existsSync(resolve(folder, "dist"))) return folder
  mkdirSync(folder, { recursive: true })
  const archive = execFileSync("git", ["archive", "--format=tar", commit], {
    cwd: root,
    maxBuffer: 1 << 28
  })
  execFileSync("tar", ["-x"], { cwd: folder, input: archive })
  if (!existsSync(resolve(folder, "node_modules")))
    symlinkSync(resolve(root, "node_modules"), resolve(folder, "node_modules"))
  const tsc = resolve(root, "node_modules/.bin/tsc")
  execFileSync(tsc, ["-p", "tsconfig.build.json"], { cwd: folder, stdio: "inherit" })
  return folder
}
