import { mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { lifecyclePages } from './lifecycle-pages.ts'

const folder = fileURLToPath(new URL('../docs/lifecycles/', import.meta.url))
mkdirSync(folder, { recursive: true })
for (const { file, text } of lifecyclePages()) writeFileSync(`${folder}${file}`, text)
