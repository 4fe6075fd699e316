// `npm run sbom`: prints what the lockfile names for a deployment, as CycloneDX. It is npm's own list without what is
// for development alone: with --omit=dev npm also leaves out packages that development uses too. A package for
// development that a build takes a file of is listed.
import { spawn } from "node:child_process"
import { json } from "node:stream/consumers"

interface Component {
  readonly "bom-ref": string
  readonly name: string
  readonly properties?: ReadonlyArray<{ readonly name: string; readonly value: string }>
}

interface Dependency {
  readonly ref: string
  readonly dependsOn?: ReadonlyArray<string>
}

interface Sbom {
  readonly components: ReadonlyArray<Component>
  readonly dependencies: ReadonlyArray<Dependency>
}

const npm = spawn("npm", ["sbom", "--package-lock-only", "--sbom-format=cyclonedx"], {
  stdio: ["ignore", "pipe", "inherit"]
})
const sbom = (await json(npm.stdout)) as Sbom

/** Has the script of `/docs`. */
const served = "@scalar/fastify-api-reference"

const isForDevelopment = ({ name, properties = [] }: Component): boolean =>
  name !== served &&
  properties.some(({ name, value }) => name === "cdx:npm:package:development" && value === "true")

const left = new Set(sbom.components.filter(isForDevelopment).map((one) => one["bom-ref"]))
const result: Sbom = {
  ...sbom,
  components: sbom.components.filter((one) => !left.has(one["bom-ref"])),
  dependencies: sbom.dependencies
    .filter(({ ref }) => !left.has(ref))
    .map(({ dependsOn = [], ...rest }) => ({
      ...rest,
      dependsOn: dependsOn.filter((ref) => !left.has(ref))
    }))
}
process.stdout.write(`${JSON.stringify(result, null, 2)}\n`)
