// For tests of mails that do not wait 5 minutes: as long does a worker wait after a send whose outcome is unknown. A
// send of 7.5 s is one, which a busy machine makes of a send that hangs until its worker is killed.
import type { TestClient } from "../../tools/harness/client.ts"

/** Has the mail of an order sent now if the outcome of its last send is unknown. `client` is staff's. */
export const resendIfUnknown = async ({ get, post }: TestClient, id: string): Promise<void> => {
  const { body } = await get(`/api/admin/orders/${id}`)
  if (body.work?.unknownSends > 0) await post(`/api/admin/orders/${id}/resend-confirmation`)
}
