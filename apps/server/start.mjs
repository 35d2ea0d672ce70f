import { enableCompileCache } from 'node:module'
import { fileURLToPath } from 'node:url'

// The program from its sources. Plain JavaScript, so that what the start before has compiled and stripped of its types is
// found at once: otherwise the stripper itself would have to be loaded for the first module.
enableCompileCache(fileURLToPath(new URL('node_modules/.cache/compiled', import.meta.url)))
await import('./src/main.ts')
