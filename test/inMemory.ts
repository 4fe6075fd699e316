// Where the services of tests keep their data: in memory, if the system has a folder there with room for it.
// MongoDB syncs each commit: on a disk that is a third of a migration's CPU. A killed process loses nothing in memory.
import { existsSync, statfsSync } from "node:fs"

const folder = "/dev/shm"

/** Several times what a run takes. Most containers have 64 MB. */
const roomBytes = 2 * 2 ** 30

export const folderInMemory = (): string | undefined => {
  if (!existsSync(folder)) return undefined
  const { bavail, bsize } = statfsSync(folder)
  return bavail * bsize >= roomBytes ? folder : undefined
}
