// The catalogue, with its stock.
import { Effect, Option } from "effect"
import type { Child } from "hono/jsx"
import * as z from "zod"
import { listCatalogue } from "../../services/products/browse.ts"
import { Category, Sku } from "../contract/fields.ts"
import { answerPage } from "./layout.tsx"
import type { Page } from "./Page.ts"
import {
  Badge,
  Choice,
  count,
  Empty,
  Field,
  Money,
  Nothing,
  Pages,
  ProductName,
  SaleBadge,
  SearchForm,
  Table
} from "./parts.tsx"

const path = "/console/products"
const limit = 50

const Query = z.object({
  q: z.string().trim().min(1).max(100).optional().catch(undefined),
  category: Category.optional().catch(undefined),
  active: z.enum(["true", "false"]).optional().catch(undefined),
  cursor: Sku.optional().catch(undefined)
})

export const productsPage: Page = {
  show: Effect.fnUntraced(function* (visit) {
    const { q, category, active, cursor } = Query.parse(Object.fromEntries(visit.query))
    const { items, next } = yield* listCatalogue({
      q: Option.fromUndefinedOr(q),
      category: Option.fromUndefinedOr(category),
      active: Option.map(Option.fromUndefinedOr(active), (text) => text === "true"),
      after: Option.fromUndefinedOr(cursor),
      limit
    })
    const isAdmin = visit.session.principal.role === "admin"
    return answerPage(
      visit,
      { title: "Products", current: "Products" },
      <>
        <h1>Products</h1>
        <SearchForm
          name="Products"
          path={path}
          more={isAdmin ? <a href="/console/stock-import">Import stock from a CSV file</a> : null}
        >
          <Field
            name="q"
            label="SKU or name"
            value={q ?? ""}
            hint="Words, or how they begin."
            autocomplete="off"
          />
          <Field
            name="category"
            label="Category"
            value={category ?? ""}
            hint="As it is written."
            autocomplete="off"
          />
          <Choice
            name="active"
            label="For customers"
            options={[
              ["", "any"],
              ["true", "for sale"],
              ["false", "not active"]
            ]}
            chosen={active ?? ""}
          />
        </SearchForm>
        {items.length === 0 ? (
          <Empty>
            {q === undefined && category === undefined && active === undefined
              ? "Nothing is for sale yet. PUT /api/products/SKU puts a product on sale."
              : "No product fits this search. Try the beginning of one word."}
          </Empty>
        ) : (
          <Table
            caption="Products"
            columns={[
              {
                head: "SKU",
                cell: ({ sku }) => <ProductName sku={sku} session={visit.session} />
              },
              { head: "Name", cell: ({ name }) => name },
              {
                head: "Category",
                cell: (product) =>
                  Option.getOrElse<Child, Child>(product.category, () => <Nothing />)
              },
              {
                head: "Price",
                cell: ({ unitPrice, currency }) => <Money amount={unitPrice} currency={currency} />,
                numeric: true
              },
              {
                head: "Available",
                cell: ({ available }) =>
                  available === 0 ? <Badge tone="bad">sold out</Badge> : count(available),
                numeric: true
              },
              { head: "For customers", cell: (product) => <SaleBadge active={product.active} /> }
            ]}
            rows={items}
          />
        )}
        <Pages path={path} query={visit.query} next={next} />
      </>
    )
  })
}
