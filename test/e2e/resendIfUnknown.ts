// For tests of mails: a worker waits 5 minutes after a send whose outcome is unknown, and they do not. On a busy machine a
// send that should hang until its worker is killed may end so: at its deadline of 7.5 s.
import type { TestClient } from "../../tools/harness/client.ts"

/** Has the mail of an order sent now if the outcome of its last send is unknown. `client` is staff's. */
export const resendIfUnknown = async ({ get, post }: TestClient, id: string): Promise<void> => {
  const { body } = await get(`/api/admin/orders/${id}`)
  if (body.work?.unknownSends > 0) await post(`/api/admin/orders/${id}/resend-confirmation`)
}
