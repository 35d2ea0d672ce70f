import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { PLUGINS } from './plugins.ts'

it('have the version of the package that they come in', () => {
  const url = new URL('../../../packages/plugins/package.json', import.meta.url)
  const { version } = JSON.parse(readFileSync(url, 'utf8')) as { readonly version: string }
  expect(PLUGINS.map((plugin) => [plugin.name, plugin.version])).toEqual([
    ['poppy', version],
    ['gcore', version],
    ['zosconnect', version],
  ])
})
