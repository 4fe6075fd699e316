// Lets Node run .tsx files: it can erase their types, but not compile JSX. For programs that run from sources, which
// import such files after this one; builds contain none. Bun and Deno compile JSX themselves, as tsconfig.json says.
import { readFileSync } from "node:fs"
// Not by name: each file of a build has a `createRequire` of its own.
import module from "node:module"
import { fileURLToPath } from "node:url"

/** The used part of esbuild, which is loaded with the first .tsx file, and installed only for development. */
interface Esbuild {
  readonly transformSync: (
    text: string,
    options: Readonly<Record<string, string>>
  ) => { readonly code: string }
}

const compile = (path: string): string => {
  const esbuild: Esbuild = module.createRequire(import.meta.url)("esbuild")
  const { code } = esbuild.transformSync(readFileSync(path, "utf8"), {
    loader: "tsx",
    jsx: "automatic",
    jsxImportSource: "hono/jsx",
    target: "node22",
    sourcefile: path,
    sourcemap: "inline"
  })
  return code
}

const compilesTsx = "bun" in process.versions || "deno" in process.versions

if (!compilesTsx)
  module.registerHooks({
    load: (url, context, nextLoad) =>
      url.endsWith(".tsx")
        ? { format: "module", source: compile(fileURLToPath(url)), shortCircuit: true }
        : nextLoad(url, context)
  })
