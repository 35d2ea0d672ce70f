import {
  copyFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { strToU8, zipSync } from 'fflate'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createBinding } from './binding.ts'
import { sendCurlFrom } from './curl.ts'
import { startServer } from './server-process.ts'
import type { ServerProcess } from './server-process.ts'
import { examplesIn, holdAll } from './worked-example.ts'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const read = (page: string): string => readFileSync(`${root}${page}`, 'utf8')

const PROVIDER_PAGES = readdirSync(`${root}docs/providers`).map((file) => `docs/providers/${file}`)

let cwd = ''
let server: ServerProcess | undefined

beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'signalbox-'))
})

afterEach(async () => {
  server?.kill('SIGKILL')
  await server?.ended
  server = undefined
  rmSync(cwd, { recursive: true })
})

describe('the documents', () => {
  it.each(['README.md', ...PROVIDER_PAGES])('show in %s what the demo answers', async (page) => {
    // The archive that the page of z/OS Connect makes of the manifest it shows.
    const [, manifest] = /^```yaml\n(.*?)^```$/ms.exec(read(page)) ?? []
    if (manifest !== undefined)
      writeFileSync(join(cwd, 'placeOrder.sar'), zipSync({ 'manifest.yml': strToU8(manifest) }))
    server = await startServer([], { cwd, env: { PORT: '0' } })
    const examples = examplesIn(read(page))
    expect(examples.length).toBeGreaterThanOrEqual(PROVIDER_PAGES.includes(page) ? 3 : 1)
    await holdAll(examples, createBinding(server.url), (curl) => sendCurlFrom(cwd, curl))
  })

  const configurations = ['README.md', 'docs/configuration.md', ...PROVIDER_PAGES].flatMap((page) =>
    [...read(page).matchAll(/^```json\n(.*?)^```$/gms)]
      .map(([, text = '']) => text)
      .filter((text) => text.includes('"principals"'))
      .map((text, at) => ({ page, at: at + 1, text })),
  )

  it.each(configurations)('show in $page a configuration that serves ($at)', async ({ text }) => {
    writeFileSync(join(cwd, 'signalbox.config.json'), text)
    for (const file of ['key', 'cert'])
      copyFileSync(
        new URL(`__fixtures__/localhost.${file}.pem`, import.meta.url),
        join(cwd, `${file}.pem`),
      )
    const names = [...text.matchAll(/\{ "env": "(\w+)" \}/g)].map(([, name = '']) => name)
    server = await startServer([], {
      cwd,
      env: {
        PORT: '0',
        SIGNALBOX_STORE: 'memory:',
        ...Object.fromEntries(names.map((name) => [name, `${name} and more than 32 bytes of it`])),
      },
    })
    expect(server.stdout()).not.toMatch(/"event":"(plugin|start)\.failed"/)
  })
})
