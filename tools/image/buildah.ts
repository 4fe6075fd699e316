// Where no engine answers: Buildah builds the Dockerfile on a stand-in for its base, and the image is run in a mount
// namespace whose root it is. Needs root, and Linux.
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { obtainBuildah } from "../harness/obtain/buildah.ts"
import { execute } from "../harness/obtain/obtain.ts"
import { runProgram } from "../harness/program.ts"
import type { Engine, ImageConfig } from "./image.ts"
import { makeStandIn } from "./standIn.ts"

const standIn = "localhost/stand-in"
const image = "localhost/order-processing"

/** In a mount namespace of its own: makes $1 a root that is read-only, and runs the rest there as $2 in $3. */
const enter = `
set -e
root=$1 user=$2 folder=$3; shift 3
mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount -o remount,bind,ro "$root"
exec chroot --userspec="$user" "$root" /usr/bin/env --ignore-environment --chdir="$folder" "$@"`

export async function makeBuildah(): Promise<Engine> {
  if (process.getuid?.() !== 0)
    throw new Error("neither Docker nor Podman answers here, and without them this needs root")
  const { path } = await obtainBuildah()
  const folder = await mkdtemp(join(tmpdir(), "image-"))
  // Nothing of what others build here is seen or left.
  const stored = ["--root", join(folder, "storage"), "--runroot", join(folder, "run")]
  const home = join(folder, "home")
  await mkdir(join(home, ".config/containers"), { recursive: true })
  // Nothing is pulled, so there is no signature to ask for.
  const policy = JSON.stringify({ default: [{ type: "insecureAcceptAnything" }] })
  await writeFile(join(home, ".config/containers/policy.json"), policy)
  const buildah = async (...args: ReadonlyArray<string>): Promise<string> => {
    const env = { ...process.env, HOME: home, TMPDIR: folder }
    const { stdout } = await execute(path, [...stored, ...args], { env, maxBuffer: 1e8 })
    return stdout.trim()
  }
  const commitStandIn = async (): Promise<void> => {
    const root = join(folder, "stand-in")
    await mkdir(root)
    await makeStandIn(root)
    const container = await buildah("from", "scratch")
    await buildah("copy", "--quiet", container, root, "/")
    const path = "/usr/local/bin:/usr/bin:/bin"
    await buildah("config", "--env", `PATH=${path}`, container)
    await buildah("commit", "--quiet", container, standIn)
    await buildah("rm", container)
    await rm(root, { recursive: true })
  }

  return {
    name: "buildah, on a stand-in for the base",
    build: async () => {
      await commitStandIn()
      await buildah(
        ...["bud", "--from", standIn, "--pull-never", "--isolation", "chroot", "--network", "host"],
        // The format that has health checks.
        ...["--format", "docker", "--tag", image, "."]
      )
      const { Docker } = JSON.parse(await buildah("inspect", "--type", "image", image))
      const config: ImageConfig = Docker.config
      const root = await buildah("mount", await buildah("from", "--pull-never", image))
      const { User = "0:0", WorkingDir = "/", Env = [] } = config
      return {
        config,
        run: (command, env) => {
          const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`)
          const shell = ["sh", "-c", enter, "sh", root, User, WorkingDir]
          const inside = [...Env, ...variables, ...command]
          return runProgram(
            "unshare",
            ["--mount", "--propagation", "private", ...shell, ...inside],
            {}
          )
        }
      }
    },
    stop: async () => {
      await buildah("unmount", "--all")
      await rm(folder, { recursive: true, force: true })
    }
  }
}
