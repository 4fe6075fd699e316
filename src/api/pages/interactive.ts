// The reference by Scalar, on hosts that have its script: navigation, search, samples, and a way to send requests. It
// loads nothing from other hosts.
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
<div id="reference"></div>
</body>
</html>`

/**
 * Scalar's quiet colours, and those of methods and states, are too pale on their grounds for WCAG's 4.5:1, and on a phone
 * a heading is cut off next to its menu.
 */
const style = `
.light-mode {
  --scalar-color-2: #555; --scalar-color-3: #5f5f5f; --scalar-color-accent: #0a5bbf;
  --scalar-color-green: #056b49; --scalar-color-red: #b80005; --scalar-color-yellow: #7a5c00;
  --scalar-color-blue: #005a96; --scalar-color-orange: #a33a00; --scalar-color-purple: #5203d1;
}
@media (max-width: 460px) { .bg-b-2.flex.items-center.rounded-t-xl { flex-wrap: wrap; } }
.dark-mode { --scalar-color-2: #b4b4b4; --scalar-color-3: #a8a8a8; --scalar-color-red: #ff7a78; }
`

/** Without what would ask another host: fonts, telemetry, a proxy, an assistant. Tokens are not kept. */
export const startScript = `
Scalar.createApiReference("#reference", {
  url: "/openapi.json",
  servers: [{ url: location.origin, description: "This deployment" }],
  withDefaultFonts: false,
  telemetry: false,
  persistAuth: false,
  hideClientButton: true,
  showDeveloperTools: "never",
  agent: { disabled: true },
  mcp: { disabled: true },
  documentDownloadType: "json",
  defaultHttpClient: { targetKey: "shell", clientKey: "curl" },
  authentication: { preferredSecurityScheme: "accessToken" },
  customCss: \`${style}\`
})
`
