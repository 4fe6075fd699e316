// The reference by Scalar, where the host has its script: navigation, search, samples and a way to try each endpoint. All
// of it comes from this service, and nothing is asked of another host.
import { html } from "hono/html"
import type { Html } from "./layout.ts"

/**
 * No script but the two files, none in the page, and no text as code. Scalar sets `style` on hundreds of elements, for
 * which no hash or nonce can be given: so styles may be inline here, and on no other page.
 */
export const interactivePolicy =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; connect-src 'self'; img-src 'self' data:; font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

export const interactivePage = (title: string): Html =>
  html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<link rel="icon" href="data:,">
<script src="/docs/scalar.js" defer></script>
<script src="/docs/start.js" defer></script>
</head>
<body>
<noscript><p>This page needs a script. <a href="/docs/plain">The same without one</a></p></noscript>
<main id="reference"></main>
</body>
</html>`

/** Without what would ask another host: fonts, telemetry, a proxy, an assistant. Tokens are not kept. */
export const startScript = `
Scalar.createApiReference("#reference", {
  url: "/openapi.json",
  withDefaultFonts: false,
  telemetry: false,
  persistAuth: false,
  hideClientButton: true,
  showDeveloperTools: "never",
  agent: { disabled: true },
  mcp: { disabled: true },
  documentDownloadType: "json",
  defaultHttpClient: { targetKey: "shell", clientKey: "curl" },
  authentication: { preferredSecurityScheme: "accessToken" }
})
`
