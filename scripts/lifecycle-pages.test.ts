import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { lifecyclePages } from './lifecycle-pages.ts'

const folder = fileURLToPath(new URL('../docs/lifecycles/', import.meta.url))

it('finds the drawn lifecycles up to date: `npm run pages` brings them there', async () => {
  const pages = await lifecyclePages()
  expect(readdirSync(folder).toSorted()).toEqual(pages.map(({ file }) => file).toSorted())
  for (const { file, text } of pages) expect(readFileSync(`${folder}${file}`, 'utf8')).toBe(text)
})
