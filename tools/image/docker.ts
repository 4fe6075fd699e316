// Docker, or Podman, which has the same command line: where its engine answers.
import { execute, which } from "../harness/obtain/obtain.ts"
import { runProgram } from "../harness/program.ts"
import type { Engine, ImageConfig } from "./image.ts"

const names = ["docker", "podman"] as const

const answers = async (name: string): Promise<boolean> => {
  try {
    await execute(await which(name), ["info"], { timeout: 10_000 })
    return true
  } catch {
    return false
  }
}

/** The first of the two whose engine answers. */
export async function findDocker(): Promise<Engine | undefined> {
  for (const name of names) if (await answers(name)) return engineOf(name)
  return undefined
}

interface Inspected {
  readonly Config: ImageConfig
  /** Where Podman has it. */
  readonly HealthCheck?: NonNullable<ImageConfig["Healthcheck"]>
}

function engineOf(name: string): Engine {
  const image = `order-processing-check-${crypto.randomUUID()}`
  const containers: Array<string> = []
  return {
    name,
    build: async () => {
      // Podman's own format has no health checks.
      const format = name === "podman" ? ["--format", "docker"] : []
      await execute(name, ["build", ...format, "--tag", image, "."], {
        env: { ...process.env, DOCKER_BUILDKIT: "1" },
        maxBuffer: 1e8
      })
      const { stdout } = await execute(name, ["image", "inspect", image])
      const [{ Config, HealthCheck }]: [Inspected] = JSON.parse(stdout)
      return {
        config: { ...(HealthCheck && { Healthcheck: HealthCheck }), ...Config },
        run: (command, env) => {
          const container = `${image}-${containers.length}`
          containers.push(container)
          const variables = Object.keys(env).flatMap((variable) => ["--env", variable])
          return runProgram(
            name,
            [
              ...["run", "--rm", "--name", container, "--read-only", "--network", "host"],
              ...["--cap-drop", "ALL", "--security-opt", "no-new-privileges"],
              ...[...variables, image, ...command]
            ],
            env
          )
        }
      }
    },
    stop: async () => {
      const gone = () => undefined
      for (const container of containers)
        await execute(name, ["rm", "--force", container]).catch(gone)
      await execute(name, ["image", "rm", "--force", image]).catch(gone)
    }
  }
}
