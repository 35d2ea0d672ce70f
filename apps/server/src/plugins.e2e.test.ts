import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CONTRACT, createHost, definePlugin, virtualClock } from '@signalbox/host'
import type { LogLine } from '@signalbox/host'
import { poppy } from '@signalbox/plugins/poppy'
import { memoryStore } from '@signalbox/stores/memory'
import * as t from 'io-ts'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { listen } from './listener.ts'
import { plainVerifier } from './secret.ts'
import { startServer } from './server-process.ts'
import type { ServerProcess } from './server-process.ts'
import { exchange } from './wire.ts'

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

const TOKEN = { 'x-auth-token': 'token' }

describe('a server with two plugins of which one throws at setup', () => {
  const serve = async (providers: object): Promise<string> => {
    const configuration = {
      principals: [{ id: 'tenant', provider: 'poppy', secret: 'token', tenants: ['110011'] }],
      providers,
    }
    writeFileSync(join(cwd, 'signalbox.config.json'), JSON.stringify(configuration))
    server = await startServer([], { cwd, env: { PORT: '0', SIGNALBOX_STORE: 'memory:' } })
    return server.url
  }

  it('serves the other, and names the broken one to /readyz and in the log', async () => {
    // Its settings are well-formed, and only its setup can tell that no such provider is there.
    const services = [{ name: 'placeOrder', provider: 'Nope-1.0' }]
    const url = await serve({ poppy: {}, zosconnect: { services } })
    const reason = 'service placeOrder: no provider Nope-1.0'

    const home = await exchange(url, '/v1.0/110011/services', { headers: TOKEN })
    expect(home.status).toBe(200)
    expect(JSON.parse(home.text)).toEqual({ links: [], services: [] })

    const ready = await exchange(url, '/readyz')
    expect(ready.status).toBe(200)
    expect(JSON.parse(ready.text)).toEqual({
      ready: true,
      phase: 'serving',
      store: 'reachable',
      plugins: [
        { plugin: 'poppy', ok: true },
        { plugin: 'zosconnect', ok: false, reason },
      ],
    })
    expect(await server?.logged('plugin.failed')).toMatchObject({
      level: 'error',
      plugin: 'zosconnect',
      reason,
    })
    expect(await server?.logged('plugin.mounted')).toMatchObject({ plugin: 'poppy' })

    const broken = await exchange(url, '/zosConnect/services')
    expect(broken.status).toBe(404)
    expect(broken.headers.get('content-type')).toContain('application/problem+json')
    expect(broken.text).not.toContain('Nope')
  })
})

describe('a host with two plugins of which one throws at setup', () => {
  it('serves the other, whatever is thrown and whichever comes first', async () => {
    for (const thrown of [new Error('out of order'), 'out of order', undefined])
      for (const first of ['broken', 'poppy']) {
        const broken = definePlugin({
          name: 'broken',
          contract: CONTRACT,
          settings: t.unknown,
          setup: () => {
            throw thrown
          },
        })
        const lines: LogLine[] = []
        const clock = virtualClock(0)
        const host = await createHost({
          store: memoryStore(),
          plugins: first === 'broken' ? [broken, poppy] : [poppy, broken],
          settings: {},
          principals: [
            {
              id: 'tenant',
              provider: 'poppy',
              tenants: ['110011'],
              roles: [],
              verify: plainVerifier('token'),
            },
          ],
          clock,
          newId: () => 'id',
          random: () => 0,
          log: (line) => lines.push(line),
        })
        await host.start()
        const listener = await listen({
          host: '127.0.0.1',
          port: 0,
          fetch: host.fetch,
          onError: () => {},
        })
        try {
          const url = `http://127.0.0.1:${listener.port}`
          const { status } = await exchange(url, '/v1.0/110011/services', { headers: TOKEN })
          expect(status).toBe(200)
          const ready = await exchange(url, '/readyz')
          expect(ready.status).toBe(200)
          const reason = thrown === undefined ? 'undefined' : 'out of order'
          const { plugins } = JSON.parse(ready.text) as { readonly plugins: unknown }
          expect(plugins).toContainEqual({ plugin: 'broken', ok: false, reason })
          expect(plugins).toContainEqual({ plugin: 'poppy', ok: true })
          const failed = lines.filter(({ event }) => event === 'plugin.failed')
          expect(failed).toMatchObject([{ level: 'error', plugin: 'broken', reason }])
        } finally {
          listener.destroy()
          await listener.close()
          await host.drain()
        }
      }
  })
})
