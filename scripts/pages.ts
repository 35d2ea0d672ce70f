import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { lifecyclePages } from './lifecycle-pages.ts'
import { providerPages, withParts } from './provider-pages.ts'

const docs = fileURLToPath(new URL('../docs/', import.meta.url))
mkdirSync(`${docs}lifecycles`, { recursive: true })
for (const { file, text } of await lifecyclePages())
  writeFileSync(`${docs}lifecycles/${file}`, text)
for (const { file, parts } of await providerPages()) {
  const path = `${docs}providers/${file}`
  writeFileSync(path, withParts(readFileSync(path, 'utf8'), parts))
}
