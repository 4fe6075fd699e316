// One row of the result: what has to hold of the image, and what was seen.
export interface Check {
  readonly name: string
  readonly seen: string
  readonly holds: boolean
}

export const check = (name: string, holds: boolean, seen: string): Check => ({ name, holds, seen })
