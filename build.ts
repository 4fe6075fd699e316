// `npm run build`: each program of a deployment as few files in dist/, with what it imports from packages in
// them. A process reads and links a dozen files at start where sources and packages are 1,300; figures:
// docs/performance.md, "Start-up and memory". Types are `npm run types`'s to check.
import { rm } from "node:fs/promises"
import { build } from "esbuild"
import { writeScalarScript } from "./tools/scalar/script.ts"

const programs = ["api", "worker", "cli", "dev", "demo"].map((name) => `src/programs/${name}.ts`)

await rm("dist", { recursive: true, force: true })
await build({
  entryPoints: [...programs, "src/programs/node-floor.js", "src/layers/crypto/argon2Worker.ts"],
  outdir: "dist",
  outbase: "src",
  // What programs share lies as deep as the sources that look for files from where they are: for the thread of
  // password hashing (Argon2idNative.ts) and for data (BloomBreachedPasswords.ts).
  chunkNames: "layers/crypto/[name]-[hash]",
  bundle: true,
  splitting: true,
  platform: "node",
  format: "esm",
  target: "node22.19",
  // Native code, a package that starts threads from its own files, and lists that most processes load late.
  external: ["@node-rs/argon2", "tinypool", "@zxcvbn-ts/*"],
  // Packages in CommonJS require Node's modules.
  banner: {
    js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);'
  },
  // Without keepNames, which names each function where it is made: a sixth of an order's processor time. No package
  // asks for the name of a class that the bundler renames.
  // For debuggers and profilers. Programs run without --enable-source-maps: Node then reads a whole map at start,
  // which takes 0.3 s and 100 MB.
  sourcemap: true,
  sourcesContent: false,
  legalComments: "inline",
  logLevel: "warning"
})

await writeScalarScript()
