// Throw-away certificates from openssl: an authority, and what it signs for a name.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { execute } from "./obtain/obtain.ts"

export interface Certificate {
  readonly cert: string
  readonly key: string
}

const p256 = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]

/** Valid for two days, for these DNS names. `authority` is what a client has to trust. */
export const certificatesFor = async (
  names: ReadonlyArray<string>
): Promise<{ readonly authority: string; readonly server: Certificate }> => {
  const folder = await mkdtemp(join(tmpdir(), "certificates-"))
  const openssl = (...args: ReadonlyArray<string>) => execute("openssl", args, { cwd: folder })
  try {
    await openssl(
      ...["req", "-x509", ...p256, "-keyout", "ca.key", "-out", "ca.crt", "-days", "2"],
      ...["-subj", "/CN=tests"]
    )
    await openssl(
      ...["req", ...p256, "-keyout", "server.key", "-out", "server.csr"],
      ...["-subj", "/CN=server"]
    )
    const extensions = `subjectAltName=${names.map((name) => `DNS:${name}`).join(",")}\n`
    await writeFile(join(folder, "extensions"), extensions)
    await openssl(
      ...["x509", "-req", "-in", "server.csr", "-CA", "ca.crt", "-CAkey", "ca.key"],
      ...["-CAcreateserial", "-out", "server.crt", "-days", "2", "-extfile", "extensions"]
    )
    const read = (name: string) => readFile(join(folder, name), "utf8")
    return {
      authority: await read("ca.crt"),
      server: { cert: await read("server.crt"), key: await read("server.key") }
    }
  } finally {
    await rm(folder, { recursive: true })
  }
}
