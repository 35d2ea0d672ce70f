import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { get } from 'node:http'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { startServer } from './server-process.ts'
import type { ServerProcess } from './server-process.ts'
import { exchange } from './wire.ts'

const TOKEN = 'the token of ops'

const SERVICE = '/_signalbox/v1/services/poppy/1/e8b44506-71b7-4074-9bc8-1b5037ade112'

let cwd = ''
let open: Array<() => Promise<unknown> | void> = []

beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'signalbox-'))
  open = []
})

afterEach(async () => {
  for (const close of open.toReversed()) await close()
  rmSync(cwd, { recursive: true })
})

// Work that nobody ever ends: its own time runs out.
const POPPY = {
  driver: { kind: 'manual' },
  effectTimeout: 1,
  seedFlavors: [
    {
      id: 'cdn',
      providers: [{ provider: 'mock', links: [{ href: 'http://m.example', rel: 'provider_url' }] }],
    },
  ],
  seedServices: [
    {
      project: '1',
      id: 'e8b44506-71b7-4074-9bc8-1b5037ade112',
      service: {
        name: 'seeded',
        domains: [{ domain: 'www.seeded.example' }],
        origins: [{ origin: 'origin.seeded.example' }],
        flavor_id: 'cdn',
      },
    },
  ],
}

const start = async (metrics?: object): Promise<ServerProcess> => {
  const ops = { id: 'ops', provider: 'signalbox', secret: TOKEN, tenants: '*', roles: ['operator'] }
  writeFileSync(
    join(cwd, 'signalbox.config.json'),
    JSON.stringify({
      store: 'sqlite:box.db',
      principals: [ops],
      providers: { poppy: POPPY },
      ...(metrics && { metrics }),
    }),
  )
  const server = await startServer([], { cwd, env: { PORT: '0' } })
  open.push(async () => {
    server.kill('SIGKILL')
    await server.ended
  })
  return server
}

const AUTHORIZED = { authorization: `Bearer ${TOKEN}` }

const scrape = async (url: string): Promise<string> => {
  const { status, text } = await exchange(url, '/metrics', { headers: AUTHORIZED })
  expect(status).toBe(200)
  return text
}

// The sum over what has these labels, whatever else it has.
const total = (
  text: string,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number => {
  const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`)
  const lines = text.split('\n').filter((line) => {
    const [, at = '', within = ''] = /^([a-z_]+)(?:\{(.*)\})? /.exec(line) ?? []
    return at === name && wanted.every((one) => within.includes(one))
  })
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0)
}

const watch = (url: string): Promise<void> =>
  new Promise((resolve) => {
    const request = get(`${url}/_signalbox/v1/events/stream?after=latest`, { headers: AUTHORIZED })
    request.on('response', (response) => {
      response.resume()
      response.on('error', () => {})
      resolve()
    })
    request.on('error', () => {})
    open.push(() => void request.destroy())
  })

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })

it('measures on a running server what operators are promised', async () => {
  const { url } = await start()
  await watch(url)
  const send = (type: string): Promise<unknown> =>
    exchange(url, `${SERVICE}/commands`, {
      method: 'POST',
      headers: { ...AUTHORIZED, 'content-type': 'application/json' },
      body: JSON.stringify({ type }),
    })
  await send('service.disable')
  await send('service.enable')
  await exchange(url, '/_signalbox/v1/services/poppy/1/nobody', { headers: AUTHORIZED })
  const lags = 'signalbox_deadline_lag_seconds_count'
  await expect
    .poll(async () => total(await scrape(url), lags, { lifecycle: 'poppy/service' }), {
      timeout: 20_000,
    })
    .toBeGreaterThan(0)
  const text = await scrape(url)
  const requests = 'signalbox_http_requests_total'
  expect(total(text, requests, { plugin: 'signalbox', route: 'sendCommand', status: '200' })).toBe(
    2,
  )
  expect(total(text, requests, { route: 'showService', status: '404' })).toBe(1)
  const decisions = { lifecycle: 'poppy/service', outcome: 'moved' }
  expect(
    total(text, 'signalbox_decisions_total', { ...decisions, input: 'command' }),
  ).toBeGreaterThanOrEqual(2)
  expect(total(text, 'signalbox_decisions_total', { ...decisions, input: 'deadline' })).toBe(1)
  const batches = total(text, 'signalbox_commit_batch_size_count')
  expect(total(text, 'signalbox_commit_batch_size_sum')).toBeGreaterThanOrEqual(batches)
  expect(total(text, 'signalbox_commit_duration_seconds_count', { outcome: 'stored' })).toBe(
    batches,
  )
  expect(total(text, 'signalbox_commit_duration_seconds_sum')).toBeGreaterThan(0)
  expect(total(text, 'signalbox_event_feed_lag_seconds_count')).toBeGreaterThanOrEqual(2)
  expect(text).toMatch(/^signalbox_effects\{work="pending"\} \d+$/m)
  expect(text).toMatch(/^signalbox_effects\{work="parked"\} 0$/m)
  expect(total(text, 'signalbox_store_up')).toBe(1)
})

it('shows them to viewers only, to everybody where they are public, and apart where they have an address', async () => {
  const guarded = await start()
  expect((await exchange(guarded.url, '/metrics')).status).toBe(401)
  guarded.kill('SIGKILL')
  await guarded.ended
  const open = await start({ public: true })
  expect((await exchange(open.url, '/metrics')).status).toBe(200)
  open.kill('SIGKILL')
  await open.ended
  const port = await freePort()
  const apart = await start({ listen: { port } })
  expect((await exchange(apart.url, '/metrics', { headers: AUTHORIZED })).status).toBe(404)
  const url = `http://127.0.0.1:${port}`
  expect((await exchange(url, '/metrics')).text).toContain('signalbox_http_requests_total')
  expect((await exchange(url, `${SERVICE}`, { headers: AUTHORIZED })).status).toBe(404)
})
