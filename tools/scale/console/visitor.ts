// A visitor of the console: logs in by its form, and asks for pages as a browser does.

export interface Visitor {
  /** Milliseconds until the page was there, all of it. Throws where the answer is not 200. */
  readonly visit: (path: string) => Promise<number>
}

/** `url`: over plain HTTP on this machine, where the cookie needs no TLS. */
export async function enterConsole(
  url: string,
  { email, password }: { readonly email: string; readonly password: string }
): Promise<Visitor> {
  const entered = await fetch(new URL("/console/login", url), {
    method: "POST",
    body: new URLSearchParams({ email, password }),
    redirect: "manual"
  })
  await entered.arrayBuffer()
  if (entered.status !== 303) throw new Error(`the console's login was answered ${entered.status}`)
  const cookie = entered.headers
    .getSetCookie()
    .map((line) => line.replace(/;.*$/u, ""))
    .join("; ")
  return {
    visit: async (path) => {
      const began = performance.now()
      const answer = await fetch(new URL(path, url), { headers: { cookie }, redirect: "manual" })
      await answer.arrayBuffer()
      if (answer.status !== 200) throw new Error(`${path} was answered ${answer.status}`)
      return performance.now() - began
    }
  }
}
