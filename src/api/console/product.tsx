// One product: a form that changes it, its stock, a form that moves the stock, and the history of the stock.
import { Effect, Option, Result } from "effect"
import * as z from "zod"
import { emailsOf } from "../../services/accounts/emailsOf.ts"
import { UserId } from "../../services/ids.ts"
import { getFromCatalogue, listMovements } from "../../services/products/browse.ts"
import { adjustStock, changeProduct } from "../../services/products/manage.ts"
import { ProductNotFound } from "../../services/products/model/errors.ts"
import { IdGenerator, idPattern } from "../../services/runtime/IdGenerator.ts"
import { Id, Sku } from "../contract/fields.ts"
import { readMovement } from "../typedMovement.ts"
import { answerPage } from "./layout.tsx"
import { goTo, type Page, pathParam, textOf, type Visit } from "./Page.ts"
import {
  count,
  Empty,
  Facts,
  Field,
  KeyField,
  Mistakes,
  Money,
  Notice,
  Pages,
  SaleBadge,
  Table,
  Time,
  Trail
} from "./parts.tsx"
import { DetailsForm, readDetails, type TypedDetails } from "./productForm.tsx"

const limit = 20

const MovementId = z.string().regex(/^[0-9a-f]{24}$/u)

/** What the form of the stock calls its fields. */
const labels = { delta: "Pieces", reason: "Reason" } as const

/** What it was refused with. */
interface Typed {
  readonly delta: string
  readonly reason: string
  /** Of the form: sent twice, it moves the stock once. */
  readonly once: string
  readonly mistakes: ReadonlyArray<string>
}

const skuIn = (visit: Visit): Effect.Effect<string, ProductNotFound> => {
  const sku = pathParam(visit, "sku")
  return Sku.safeParse(sku).success
    ? Effect.succeed(sku)
    : Effect.fail(new ProductNotFound({ sku }))
}

const signed = (delta: number): string => (delta > 0 ? `+${count(delta)}` : count(delta))

const page = Effect.fnUntraced(function* (visit: Visit, typed?: Typed, details?: TypedDetails) {
  const sku = yield* skuIn(visit)
  const { query, session, at } = visit
  const path = `/console/products/${sku}`
  const cursor = MovementId.safeParse(query.get("cursor")).data
  // One that was removed keeps its books.
  const product = yield* getFromCatalogue(sku).pipe(
    Effect.map(Option.some),
    Effect.catchTag("ProductNotFound", () => Effect.succeedNone)
  )
  const { items, next } = yield* listMovements({
    sku,
    before: Option.fromUndefinedOr(cursor),
    limit
  })
  const actors = items.map(({ movement }) => movement.actorId).filter((id) => idPattern.test(id))
  const emails = yield* emailsOf(actors)
  const once = typed?.once ?? (yield* IdGenerator.use((ids) => ids.unguessable))
  const moved = Number(query.get("moved") ?? "")
  return answerPage(
    visit,
    {
      title: sku,
      current: "Products",
      status: typed === undefined && details === undefined ? 200 : 422
    },
    <>
      <Trail steps={[["/console/products", "Products"]]} />
      <h1>{sku}</h1>
      {query.has("moved") && Number.isSafeInteger(moved) ? (
        <Notice tone="good">The stock is moved: {signed(moved)} pieces.</Notice>
      ) : null}
      {query.has("saved") ? <Notice tone="good">The product is saved.</Notice> : null}
      {Option.match(product, {
        onNone: () => (
          <Notice tone="bad">
            This product is not in the catalogue any more. Its books are below.
          </Notice>
        ),
        onSome: (found) => (
          <div class="columns wide">
            <section>
              <h2>Stock</h2>
              <Facts
                facts={[
                  ["Name", found.name],
                  ["Price", <Money amount={found.unitPrice} currency={found.currency} />],
                  ["For customers", <SaleBadge active={found.active} />],
                  ["Available", <strong>{count(found.available)}</strong>],
                  ["Orders", <a href={`/console/orders?sku=${sku}`}>those that have it</a>]
                ]}
              />
              <h2>Move its stock</h2>
              <form method="post" action={path} class="stack box">
                <KeyField session={session} />
                <input type="hidden" name="once" value={once} />
                <Mistakes refused="Nothing was moved:" mistakes={typed?.mistakes ?? []} />
                <Field
                  name="delta"
                  label={labels.delta}
                  hint="What came, such as 100, or went, such as -3. Customers can order what came right away."
                  inputmode="numeric"
                  pattern="[+\-]?[0-9]+"
                  required
                  value={typed?.delta ?? ""}
                  autocomplete="off"
                />
                <Field
                  name="reason"
                  label={labels.reason}
                  hint="For the books, such as a delivery note."
                  required
                  maxlength={200}
                  value={typed?.reason ?? ""}
                  autocomplete="off"
                />
                <div class="buttons">
                  <button type="submit" class="primary">
                    Move the stock
                  </button>
                </div>
              </form>
            </section>
            <section>
              <h2>Product</h2>
              <DetailsForm product={found} typed={details} session={session} path={path} />
            </section>
          </div>
        )
      })}
      <h2>How its stock came to be</h2>
      <p class="quiet">What came and went but by orders, newest first.</p>
      {items.length === 0 ? (
        <Empty>No stock was moved yet.</Empty>
      ) : (
        <Table
          caption="Stock movements"
          columns={[
            { head: "When", cell: ({ movement }) => <Time at={movement.at} now={at} /> },
            { head: "Pieces", cell: ({ movement }) => signed(movement.delta), numeric: true },
            {
              head: "Available then",
              cell: ({ movement }) => count(movement.availableAfter),
              numeric: true
            },
            { head: "Reason", cell: ({ movement }) => movement.reason },
            {
              head: "Who",
              cell: ({ movement: { actorId } }) => emails.get(UserId.make(actorId)) ?? actorId
            }
          ]}
          rows={items}
        />
      )}
      <Pages path={path} query={query} next={next} />
    </>
  )
})

export const productPage: Page = {
  show: (visit) => page(visit),

  act: Effect.fnUntraced(function* ({ form, ...visit }) {
    const sku = yield* skuIn(visit)
    if (textOf(form, "what") === "details") {
      const read = readDetails(form, yield* getFromCatalogue(sku))
      if ("typed" in read) return yield* page(visit, undefined, read.typed)
      yield* changeProduct(sku, read.changes)
      return goTo(visit.request, `/console/products/${sku}?saved=1`)
    }
    const [delta, reason, once] = [
      textOf(form, "delta"),
      textOf(form, "reason"),
      textOf(form, "once")
    ]
    const refused = (...mistakes: ReadonlyArray<string>) =>
      page(visit, { delta, reason, once, mistakes })
    const read = readMovement({ delta, reason })
    if (Result.isFailure(read))
      return yield* refused(
        ...read.failure.map(({ field, message }) => `${labels[field]} ${message}`)
      )
    if (!Id.safeParse(once).success)
      return yield* refused("the form was changed: open the page again")
    return yield* adjustStock({
      sku,
      ...read.success,
      actorId: visit.session.principal.userId,
      idempotencyKey: Option.some(`console:${once}`)
    }).pipe(
      Effect.map(() => goTo(visit.request, `/console/products/${sku}?moved=${read.success.delta}`)),
      Effect.catchTags({
        InsufficientStock: ({ available }) => refused(`only ${available} are in stock`),
        IdempotencyMismatch: () =>
          refused("this form was sent before with other values: open the page again")
      })
    )
  })
}
