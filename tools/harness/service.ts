// What every running service of the tests has in common.

export interface Service<Address> {
  /** Plain data: it travels to test workers. */
  readonly address: Address
  /** Where it came from, for the progress line. */
  readonly from: string
  readonly stop: () => Promise<void>
}

/** A service that runs elsewhere: named in the environment, never stopped by us. */
export function fromEnvironment<Address>(
  variable: string,
  address: (value: string) => Address | Promise<Address>
): () => Promise<Service<Address> | undefined> {
  return async () => {
    const value = process.env[variable]
    if (!value) return undefined
    return { address: await address(value), from: variable, stop: () => Promise.resolve() }
  }
}
