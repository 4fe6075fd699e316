// What a check needs of an image, however it was built and is run.
import type { Environment } from "../harness/deployment.ts"
import type { Program } from "../harness/program.ts"

/** As `docker inspect` words it. */
export interface ImageConfig {
  readonly User?: string
  readonly Cmd?: ReadonlyArray<string>
  readonly Env?: ReadonlyArray<string>
  readonly Labels?: Readonly<Record<string, string>>
  readonly StopSignal?: string
  readonly WorkingDir?: string
  readonly Healthcheck?: { readonly Test?: ReadonlyArray<string> }
}

export interface BuiltImage {
  readonly config: ImageConfig
  /** Runs a command in the image as its own user, on the network of this machine, with a root that is read-only. */
  readonly run: (command: ReadonlyArray<string>, env: Environment) => Program
}

/** What builds the Dockerfile of this checkout. */
export interface Engine {
  readonly name: string
  readonly build: () => Promise<BuiltImage>
  /** Removes the image, and all that was made for it. */
  readonly stop: () => Promise<void>
}
