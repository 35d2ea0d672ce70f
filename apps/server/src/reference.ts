import type { DescribedApi, Page, Reply } from '@signalbox/host'

/** Where the interactive reference of all APIs is. */
const REFERENCE = '/_signalbox/docs'

/**
 * The reference: a page, what starts it, and Scalar's program, which is loaded when it is first asked for. The page asks
 * no other origin for anything, and its policy would not let it.
 */
export const referencePages: ReadonlyArray<Page> = [
  { path: REFERENCE, reply: async () => page() },
  { path: `${REFERENCE}/start.js`, reply: async ({ documents }) => javascript(start(documents)) },
  {
    path: `${REFERENCE}/scalar.js`,
    reply: async () => javascript(await (program ??= loadProgram())),
  },
]

// -- internals

let program: Promise<string> | undefined

const loadProgram = async (): Promise<string> => {
  try {
    return await (await import('./scalar.ts')).scalarProgram()
  } catch (thrown) {
    program = undefined
    throw thrown
  }
}

const page = (): Reply => ({
  status: 200,
  headers: {
    ...COMMON,
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-cache',
    'content-security-policy': POLICY,
  },
  body: `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <link rel="icon" href="data:," />
    <title>Signalbox: API reference</title>
  </head>
  <body>
    <div id="reference"></div>
    <noscript>This page needs JavaScript; the descriptions are at /_signalbox/openapi/.</noscript>
    <script src="${REFERENCE}/scalar.js"></script>
    <script src="${REFERENCE}/start.js"></script>
  </body>
</html>
`,
})

// Requests of the page go to this server, and nothing of it comes from elsewhere. The program makes its styles itself.
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

const COMMON = { 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' }

const javascript = (body: string): Reply => ({
  status: 200,
  headers: {
    ...COMMON,
    'content-type': 'text/javascript; charset=utf-8',
    'cache-control': 'no-cache',
  },
  body,
})

// What would have the page ask other origins is switched off: fonts, telemetry, the proxy, and what is hosted elsewhere.
const start = (documents: ReadonlyArray<DescribedApi>): string =>
  `Scalar.createApiReference('#reference', ${JSON.stringify({
    sources: documents.map(({ name, title, href }) => ({ slug: name, title, url: href })),
    withDefaultFonts: false,
    telemetry: false,
    proxyUrl: '',
    persistAuth: false,
    hideClientButton: true,
    showDeveloperTools: 'never',
    agent: { disabled: true },
    mcp: { disabled: true },
  })})\n`
