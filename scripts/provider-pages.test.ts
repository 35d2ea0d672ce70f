import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { providerPages, withParts } from './provider-pages.ts'

const folder = fileURLToPath(new URL('../docs/providers/', import.meta.url))

it('finds the tables of the providers’ pages up to date: `npm run pages` brings them there', async () => {
  for (const { file, parts } of await providerPages()) {
    const text = readFileSync(`${folder}${file}`, 'utf8')
    expect(withParts(text, parts)).toBe(text)
  }
})

it('refuses a page that has no place for a part', () => {
  expect(() => withParts('# Empty\n', { routes: '' })).toThrow('no place for "routes"')
})
