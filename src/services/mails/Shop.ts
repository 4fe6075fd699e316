// The configured shop that sends the mails. A reference: without configuration the shop has no name.
import { Context, Option } from "effect"

export interface Shop {
  readonly name: string
  /** An image that mail clients load from the web. */
  readonly logoUrl: Option.Option<string>
  /** The postal address, in one line. */
  readonly address: Option.Option<string>
  /** The base of links in mails, without a slash at the end. None: mails have no links. */
  readonly url: Option.Option<string>
  /** The reply address of mails. None: the sender. */
  readonly replyTo: Option.Option<string>
  /** An IANA name, such as `Europe/Berlin`: the times of mails are shown in it. */
  readonly timeZone: string
}

export const unnamedShop: Shop = {
  name: "Order Processing",
  logoUrl: Option.none(),
  address: Option.none(),
  url: Option.none(),
  replyTo: Option.none(),
  timeZone: "UTC"
}

export const Shop = Context.Reference<Shop>("services/mails/Shop", {
  defaultValue: () => unnamedShop
})
