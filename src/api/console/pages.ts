// The pages of the console, by their paths: loaded together, with the first one that is asked for.
import { auditPage } from "./audit.tsx"
import { customerActionPage, customerPage } from "./customer.tsx"
import { customersPage } from "./customers.tsx"
import { deadLetterActionPage, deadLettersList, deadLettersPage } from "./deadLetters.tsx"
import { logIn, showLogin } from "./login.tsx"
import { orderDeadLetters, orderNow, orderPage } from "./order.tsx"
import { orderActionPage } from "./orderAction.tsx"
import { orderEvents } from "./orderEvents.ts"
import { ordersPage } from "./orders.tsx"
import { overviewNow, overviewPage } from "./overview.tsx"
import type { Page } from "./Page.ts"
import { problemPage as pageOfProblem } from "./problems.tsx"
import { productPage } from "./product.tsx"
import { productsPage } from "./products.tsx"
import { stockImportPage } from "./stockImport.tsx"

export const pages = {
  "/console": overviewPage,
  "/console/now": overviewNow,
  "/console/orders": ordersPage,
  "/console/orders/:id": orderPage,
  "/console/orders/:id/now": orderNow,
  "/console/orders/:id/events": orderEvents,
  "/console/orders/:id/dead-letters": orderDeadLetters,
  "/console/orders/:id/cancel": orderActionPage("cancel"),
  "/console/orders/:id/resend": orderActionPage("resend"),
  "/console/orders/:id/fulfil": orderActionPage("fulfil"),
  "/console/orders/:id/fail": orderActionPage("fail"),
  "/console/products": productsPage,
  "/console/products/:sku": productPage,
  "/console/stock-import": stockImportPage,
  "/console/dead-letters": deadLettersPage,
  "/console/dead-letters/list": deadLettersList,
  "/console/dead-letters/redrive": deadLetterActionPage("redrive"),
  "/console/dead-letters/drop": deadLetterActionPage("drop"),
  "/console/customers": customersPage,
  "/console/customers/:id": customerPage,
  "/console/customers/:id/disable": customerActionPage("disable"),
  "/console/customers/:id/enable": customerActionPage("enable"),
  "/console/customers/:id/end-sessions": customerActionPage("end-sessions"),
  "/console/audit": auditPage
} satisfies Readonly<Record<string, Page>>

export type PagePath = keyof typeof pages

export const login = { show: showLogin, act: logIn }
export const problemPage = pageOfProblem
