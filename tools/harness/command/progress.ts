// Progress of a long command, a line at a time, each with the minutes and seconds since it began.

export type Say = (line: string) => void

export function makeSay(): Say {
  const began = Date.now()
  return (line) => {
    const seconds = Math.floor((Date.now() - began) / 1000)
    const two = (value: number): string => String(value).padStart(2, "0")
    process.stdout.write(`[${two(Math.floor(seconds / 60))}:${two(seconds % 60)}] ${line}\n`)
  }
}
