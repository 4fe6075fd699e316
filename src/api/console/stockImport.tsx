// Stock from a CSV file: first a preview, with all errors together and without any change; then the import, which moves
// each line once, also if the same list is sent again.
import { Effect, Result } from "effect"
import {
  importStock,
  type LineProblem,
  planStockImport,
  type StockImportPlan,
  type StockLine,
  StockLinesRefused
} from "../../services/products/importStock.ts"
import { header, keyOfLines, readStockFile } from "../stockFile.ts"
import { answerPage } from "./layout.tsx"
import { goTo, type Page, textOf, type Visit } from "./Page.ts"
import { count, Field, KeyField, Notice, plural, Table, Trail } from "./parts.tsx"

const path = "/console/stock-import"

/** A request has seconds, and each line is a transaction. */
const maxLines = 500

/** Lines that the preview shows. */
const maxShown = 50

/** The list that a form sends: as a file, or as the text of the preview. */
const listIn = async (form: FormData): Promise<string> => {
  const file = form.get("file")
  return file instanceof File && file.size > 0 ? await file.text() : textOf(form, "list")
}

const planOf = Effect.fnUntraced(function* (text: string, visit: Visit) {
  const lines = readStockFile(text)
  if (Result.isFailure(lines)) return yield* new StockLinesRefused({ problems: lines.failure })
  if (lines.success.length > maxLines)
    return yield* new StockLinesRefused({
      problems: [
        {
          line: maxLines + 2,
          problem: `a list may have ${maxLines} lines here: split it, or use the command line`
        }
      ]
    })
  return yield* planStockImport({
    lines: lines.success,
    key: yield* keyOfLines(lines.success),
    actorId: visit.session.principal.userId
  })
})

const Problems = ({ problems }: { readonly problems: ReadonlyArray<LineProblem> }) => (
  <Notice tone="bad">
    <p>
      Nothing was imported.{" "}
      {problems.length === 1 ? "One line has" : `${problems.length} lines have`} to be mended:
    </p>
    <ul>
      {problems.map(({ line, problem }) => (
        <li>
          <strong>Line {line}</strong> {problem}
        </li>
      ))}
    </ul>
  </Notice>
)

const FileForm = ({ visit, text }: { readonly visit: Visit; readonly text: string }) => (
  <form method="post" action={path} enctype="multipart/form-data" class="stack box">
    <KeyField session={visit.session} />
    <Field
      name="file"
      label="CSV file"
      type="file"
      accept=".csv,text/csv"
      hint={`UTF-8, up to 60 KB and ${maxLines} lines. The first line is ${header}.`}
    />
    <Field name="list" label="Or its lines">
      <textarea
        id="field-list"
        name="list"
        rows={8}
        spellcheck={false}
        placeholder={`${header}\ncoffee-1kg,100,delivery 4711`}
      >
        {text}
      </textarea>
    </Field>
    <div class="buttons">
      <button type="submit" name="do" value="preview" class="primary">
        Show what it would do
      </button>
    </div>
  </form>
)

const Lines = ({ lines }: { readonly lines: ReadonlyArray<StockLine> }) => (
  <>
    <Table
      caption="What would be moved"
      columns={[
        { head: "Line", cell: ({ line }) => String(line), numeric: true },
        { head: "SKU", cell: ({ sku }) => sku },
        {
          head: "Pieces",
          cell: ({ delta }) => (delta > 0 ? `+${count(delta)}` : count(delta)),
          numeric: true
        },
        { head: "Reason", cell: ({ reason }) => reason }
      ]}
      rows={lines.slice(0, maxShown)}
    />
    {lines.length > maxShown ? (
      <p class="quiet">And {plural(lines.length - maxShown, "line")} more.</p>
    ) : null}
  </>
)

const frame = (visit: Visit, status: number, content: Parameters<typeof answerPage>[2]): Response =>
  answerPage(
    visit,
    { title: "Import stock", current: "Products", status },
    <>
      <Trail steps={[["/console/products", "Products"]]} />
      <h1>Import stock</h1>
      {content}
    </>
  )

const refusedPage = (visit: Visit, text: string, problems: ReadonlyArray<LineProblem>): Response =>
  frame(
    visit,
    422,
    <>
      <Problems problems={problems} />
      <FileForm visit={visit} text={text} />
    </>
  )

const previewPage = (visit: Visit, text: string, { left, before }: StockImportPlan): Response => {
  const lines = left.map(({ line }) => line)
  return frame(
    visit,
    200,
    <>
      {before.length === 0 ? null : (
        <Notice tone="good">
          {plural(before.length, "line")} of this list were imported before, and are left as they
          are. If this is another delivery, say so in its reasons.
        </Notice>
      )}
      {lines.length === 0 ? (
        <p>
          Nothing is left to import. <a href={path}>Another file</a>
        </p>
      ) : (
        <>
          <Lines lines={lines} />
          <form method="post" action={path} enctype="multipart/form-data" class="stack box">
            <KeyField session={visit.session} />
            <textarea name="list" hidden>
              {text}
            </textarea>
            <p>
              {plural(lines.length, "movement")} of stock will be in the books, and customers can
              order what came. Sent twice, the list moves nothing twice.
            </p>
            <div class="buttons">
              <button type="submit" name="do" value="import" class="primary">
                Import {plural(lines.length, "line")}
              </button>
              <a href={path}>No, go back</a>
            </div>
          </form>
        </>
      )}
    </>
  )
}

export const stockImportPage: Page = {
  show: (visit) => {
    const imported = visit.query.get("imported") ?? ""
    return Effect.succeed(
      frame(
        visit,
        200,
        <>
          {/^\d+$/u.test(imported) ? (
            <Notice tone="good">{plural(Number(imported), "line")} imported.</Notice>
          ) : null}
          <p>Nothing moves before you have seen what would.</p>
          <FileForm visit={visit} text="" />
        </>
      )
    )
  },

  act: Effect.fnUntraced(function* ({ form, ...visit }) {
    const text = yield* Effect.promise(() => listIn(form))
    const steps = Effect.gen(function* () {
      const plan = yield* planOf(text, visit)
      if (textOf(form, "do") !== "import") return previewPage(visit, text, plan)
      yield* importStock(plan, () => undefined)
      return goTo(visit.request, `${path}?imported=${plan.left.length}`)
    })
    return yield* steps.pipe(
      Effect.catchTags({
        StockLinesRefused: ({ problems }) => Effect.succeed(refusedPage(visit, text, problems)),
        StockImportStopped: ({ message }) =>
          Effect.succeed(
            frame(
              visit,
              409,
              <>
                <Notice tone="bad">The import stopped: {message}</Notice>
                <FileForm visit={visit} text={text} />
              </>
            )
          )
      })
    )
  })
}
