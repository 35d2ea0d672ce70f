import type { Store } from '@signalbox/core/store'
import { issuesOf } from '@signalbox/core'
import { emptyCommit } from '@signalbox/core/store'
import { createHost, virtualClock } from '@signalbox/host'
import { memoryStore } from '@signalbox/stores/memory'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { manifest, sar } from './__fixtures__/archive.ts'
import { createBench } from './__fixtures__/bench.ts'
import { createZosconnect } from './index.ts'
import type { ProviderFactory } from './index.ts'
import { Settings } from './settings.ts'

const bench = createBench(memoryStore)

const S = '/zosConnect/services'

const statusOf = async (store: Store, settings: object, name = 'x'): Promise<string> => {
  const { send } = await bench({ store, settings: { ...settings } })
  const { body } = await send(`GET ${S}/${name}`)
  return (body as { zosConnect: { serviceStatus: string } }).zosConnect.serviceStatus
}

describe('settings', () => {
  it('have defaults, and none of them opens a door', () => {
    expect(Settings.decode({})).toMatchObject({
      right: {
        requireSecure: true,
        requireAuth: true,
        trustedProxies: [],
        statusTimeoutMs: 2000,
        spiTimeoutMs: 30_000,
        drainTimeoutMs: 30_000,
        maxArchiveBytes: 5_242_880,
        restart: 'provider',
        unknownStatus: 'Unknown',
        referenceService: false,
        simulated: false,
        invokeTimeoutMs: 30_000,
        maxInvokeBytes: 1_048_576,
        apiRequesters: { enabled: true },
        dropIns: { pollMs: 5000 },
        rest: { allow: [], allowPrivate: false, connections: {} },
        driver: { kind: 'simulated' },
      },
    })
  })

  it.each([
    ['driver.kind', { kind: 'manual' }],
    ['driver.url', { kind: 'upstream' }],
    ['driver.url', { kind: 'upstream', url: 'https://ADMIN:secret@back.example' }],
    ['driver.verbs', { kind: 'upstream', url: 'https://back.example', verbs: 'verb' }],
    ['driver.secret.0', { kind: 'webhook', url: 'https://hooks.example' }],
  ])('say what is wrong with a driver: %s of %j', (path, driver) => {
    expect(E.getOrElseW(issuesOf)(Settings.decode({ driver }))).toMatchObject([{ path }])
  })

  it('may be given in part', () => {
    expect(
      Settings.decode({
        dropIns: { directory: '/drop' },
        rest: { allow: ['https://a.example/v1'] },
        authorization: { apis: { a: { reader: ['r'] } }, apiRequesters: {} },
      }),
    ).toMatchObject({
      right: {
        dropIns: { directory: '/drop', pollMs: 5000 },
        rest: { allow: ['https://a.example/v1'], allowPrivate: false },
      },
    })
  })

  it.each([
    { requireauth: false },
    { requireAuth: false, authorization: {} },
    { requireAuth: 'no' },
    { trustedProxies: ['10.0.0.0/33'] },
    { trustedProxies: ['everybody'] },
    { publicOrigin: 'https://a/b' },
    { statusTimeoutMs: 0 },
    { services: [{ name: '../x', provider: 'CICS-1.0' }] },
    {
      services: [
        { name: 'x', provider: 'a' },
        { name: 'x', provider: 'b' },
      ],
    },
    { restart: 'never' },
    { invokeTimeoutMs: 0 },
    { dropIns: { directory: '' } },
    { dropIns: { dir: '/drop' } },
    { rest: { allow: ['*'] } },
    { rest: { allow: ['ftp://a.example/'] } },
    { rest: { allow: ['https://u:p@a.example/'] } },
    { rest: { allowprivate: true } },
    { rest: { connections: { a: { user: 'u' } } } },
    { apiRequesters: { enabled: 'no' } },
    { apiRequesters: [] },
  ])('refuse %j', (settings) => {
    expect(E.isLeft(Settings.decode(settings))).toBe(true)
  })
})

describe('members that nobody knows', () => {
  it.each<[path: string, settings: object]>([
    ['requireauth', { requireauth: false }],
    ['authorization.reader s', { authorization: { 'reader s': ['r'] } }],
    ['authorization.apis.a.read', { authorization: { apis: { a: { read: ['r'] } } } }],
    ['apiRequesters.enable', { apiRequesters: { enable: false } }],
    ['dropIns.dir', { dropIns: { dir: '/drop' } }],
    ['rest.allowprivate', { rest: { allowprivate: true } }],
    [
      'rest.connections.a.pass',
      { rest: { connections: { a: { user: 'u', password: 'p', pass: 1 } } } },
    ],
    ['services.0.state', { services: [{ name: 'x', provider: 'a', state: 'started' }] }],
  ])('are refused by path: %s', (path, settings) => {
    expect(E.getOrElseW(issuesOf)(Settings.decode(settings))).toEqual([
      { path, expected: expect.stringMatching(/^unknown member; known are /) },
    ])
  })
})

describe('a declared service', () => {
  const services = [
    {
      name: 'MyService/v1',
      provider: 'zOSConnectReference',
      description: 'Mine',
      version: '3',
      status: 'stopped',
      requestSchema: { type: 'object' },
    },
  ]

  it('is there from the start, once, however often the host begins', async () => {
    const store = memoryStore()
    for (let turn = 0; turn < 2; turn += 1) {
      const { send } = await bench({ store, settings: { services, restart: 'last' } })
      const answer = await send(`GET ${S}/MyService%2Fv1`)
      expect(answer.body).toEqual({
        zosConnect: {
          serviceName: 'MyService/v1',
          serviceDescription: 'Mine',
          serviceProvider: 'zOSConnect Reference Service Provider',
          version: '3',
          serviceURL: 'http://h:9080/zosConnect/services/MyService%2Fv1',
          serviceInvokeURL: 'http://h:9080/zosConnect/services/MyService%2Fv1?action=invoke',
          dataXformProvider: 'DATA_UNAVAILABLE',
          serviceStatus: 'Stopped',
        },
        'MyService/v1': { configParm: '' },
      })
      expect((await send(`GET ${S}/MyService/v1/schema/request`)).text).toBe('{"type":"object"}')
    }
  })

  it('can be started and stopped, and neither updated nor deleted', async () => {
    const { send } = await bench({ settings: { services } })
    expect((await send(`PUT ${S}/MyService/v1?status=started`)).status).toBe(200)
    expect((await send(`PUT ${S}/MyService/v1?status=stopped`)).status).toBe(200)
    const body = sar(manifest('MyService/v1'))
    for (const answer of [
      await send(`DELETE ${S}/MyService/v1`),
      await send(`PUT ${S}/MyService/v1`, { body }),
      await send(`POST ${S}/MyService/v1?status=started`, { body }),
    ])
      expect([answer.status, answer.text]).toEqual([
        409,
        '{"errorMessage":"signalbox.configured-service: Service MyService/v1 belongs to the configuration."}',
      ])
    expect((await send(`POST ${S}`, { body })).text).toContain('already-deployed')
  })

  it('follows its declaration, and can be deleted once that is gone', async () => {
    const store = memoryStore()
    await bench({ store, settings: { services, restart: 'last' } })
    const changed = services.map((service) => ({ ...service, description: 'Yours' }))
    const again = await bench({ store, settings: { services: changed, restart: 'last' } })
    expect((await again.send(`GET ${S}/MyService/v1`)).body).toMatchObject({
      zosConnect: { serviceDescription: 'Yours', serviceStatus: 'Stopped' },
    })
    const gone = await bench({ store, settings: { restart: 'last' } })
    expect((await gone.send(`DELETE ${S}/MyService/v1`)).status).toBe(200)
  })

  it('leaves a name to the archive that has it', async () => {
    const store = memoryStore()
    const first = await bench({ store })
    await first.send(`POST ${S}?status=stopped`, { body: sar(manifest('MyService/v1')) })
    const { send } = await bench({ store, settings: { services, restart: 'last' } })
    expect((await send(`GET ${S}/MyService/v1`)).text).toContain('"CICS-1.0"')
    expect((await send(`DELETE ${S}/MyService/v1`)).status).toBe(200)
  })

  it('needs a provider that there is', async () => {
    const { host } = await bench({ settings: { services: [{ name: 'x', provider: 'Nope' }] } })
    expect(host.boot).toMatchObject([{ ok: false, reason: 'service x: no provider Nope' }])
  })

  it('may be the reference service', async () => {
    const { send } = await bench({ settings: { referenceService: true } })
    expect((await send(`GET ${S}/dateTimeService`)).text).toBe(
      '{"zosConnect":{"serviceName":"dateTimeService","serviceDescription":"Get the date and time from the server",' +
        '"serviceProvider":"zOSConnect Reference Service Provider",' +
        '"serviceURL":"http://h:9080/zosConnect/services/dateTimeService",' +
        '"serviceInvokeURL":"http://h:9080/zosConnect/services/dateTimeService?action=invoke",' +
        '"dataXformProvider":"DATA_UNAVAILABLE","serviceStatus":"Started"},"dateTimeService":{"configParm":""}}',
    )
    expect((await send(`GET ${S}/dateTimeService?action=getRequestSchema`)).text).toBe('{}')
    expect((await send(`GET ${S}/dateTimeService?action=getResponseSchema`)).text).toBe(
      '{"title":"Reference Schema","properties":{"time":{"type":"string"},"date":{"type":"string"}},"required":["date","time"],"type":"object"}',
    )
    expect((await send(`DELETE ${S}/dateTimeService`)).status).toBe(409)
  })
})

describe('a restart', () => {
  const stopped = async (): Promise<Store> => {
    const store = memoryStore()
    const { send } = await bench({ store })
    await send(`POST ${S}?status=stopped`, { body: sar(manifest('x')) })
    return store
  }

  it('follows the provider unless told otherwise', async () => {
    expect(await statusOf(await stopped(), {})).toBe('Started')
  })

  it('drives the provider to the last status when told to', async () => {
    expect(await statusOf(await stopped(), { restart: 'last' })).toBe('Stopped')
  })

  it('shows what has lost its factory as unknown, and serves the others', async () => {
    const store = await stopped()
    const first = await bench({ store })
    await first.send(`POST ${S}`, { body: sar(manifest('other', 'MQ-1.0')) })
    const settings = { standIns: ['MQ-1.0'], unknownStatus: 'Undefined' }
    const { send } = await bench({ store, settings })
    expect((await send(`GET ${S}/x?action=status`)).text).toContain('"serviceStatus":"Undefined"')
    expect((await send(`GET ${S}/other`)).text).toContain('"serviceStatus":"Started"')
    const start = await send(`PUT ${S}/x?status=started`)
    expect([start.status, start.text]).toEqual([
      503,
      '{"errorMessage":"signalbox.provider-unsupported: Provider CICS-1.0 is not supported by this server."}',
    ])
    expect((await send(`PUT ${S}/x?status=stopped`)).status).toBe(503)
    expect((await send(`DELETE ${S}/x`)).status).toBe(200)
  })

  it('takes up every archive of many', async () => {
    const store = memoryStore()
    const first = await bench({ store })
    const names = Array.from({ length: 20 }, (_, index) => `s${index}`)
    for (const name of names) await first.send(`POST ${S}`, { body: sar(manifest(name)) })
    const { send } = await bench({ store })
    for (const name of names) {
      const { text } = await send(`GET ${S}/${name}`)
      expect(text).toContain('"serviceStatus":"Started"')
    }
  })

  it('removes archives that no service names', async () => {
    const store = await stopped()
    await store.commit([
      {
        ...emptyCommit,
        documents: [
          { provider: 'zosconnect', kind: 'archive', id: 'lost', tenant: 'default', body: {} },
        ],
      },
    ])()
    await bench({ store })
    const kept = await store.documents({ provider: 'zosconnect', kind: 'archive', limit: 9 })()
    expect(E.isRight(kept) && kept.right.items.map(({ id }) => id)).not.toContain('lost')
    expect(E.isRight(kept) && kept.right.items).toHaveLength(1)
  })
})

describe('a start', () => {
  it('is not held up by a provider that does not register: what is not resumed is unknown', async () => {
    const store = memoryStore()
    const factory = (register: ProviderFactory['register']): ProviderFactory => ({
      providers: ['own'],
      register,
    })
    const first = await bench({
      store,
      factories: [
        factory(async () => ({
          getProviderName: () => 'own',
          getData: () => ({}),
          start: () => 'started',
          stop: () => 'stopped',
          status: () => 'started',
          invoke: () => ({ body: {} }),
        })),
      ],
    })
    await first.send(`POST ${S}`, { body: sar(manifest('a', 'own')) })
    await first.send(`POST ${S}`, { body: sar(manifest('b')) })
    await first.host.drain()
    const clock = virtualClock(Date.UTC(2026, 10, 22))
    const second = await createHost({
      store,
      plugins: [createZosconnect({ factories: [factory(() => new Promise(() => {}))] })],
      settings: { zosconnect: { requireSecure: false, requireAuth: false } },
      principals: [],
      clock,
      newId: () => crypto.randomUUID(),
      random: () => 0.5,
      log: () => {},
    })
    const started = second.start()
    await clock.advance(100)
    const ask = async (call: string): Promise<readonly [number, string]> => {
      const [method = '', path = ''] = call.split(' ')
      const answer = await second.fetch(new Request(`http://h${path}`, { method }))
      return [answer.status, await answer.text()]
    }
    expect(await ask(`GET ${S}/a`)).toEqual([200, expect.stringContaining('"Unknown"')])
    expect(await ask(`PUT ${S}/a?action=invoke`)).toEqual([
      503,
      expect.stringContaining('signalbox.service-unknown'),
    ])
    expect(await ask(`PUT ${S}/a?status=stopped`)).toEqual([
      503,
      expect.stringContaining('signalbox.busy'),
    ])
    expect(await ask(`GET ${S}/b`)).toEqual([200, expect.stringContaining('"Started"')])
    expect((await ask(`PUT ${S}/b?status=stopped`))[0]).toBe(200)
    await clock.advance(10_000)
    await started
    expect(second.boot[0]?.ok).toBe(true)
    await clock.advance(40_000)
    const stop = ask(`PUT ${S}/a?status=stopped`)
    await clock.advance(40_000)
    expect(await stop).toEqual([503, expect.stringContaining('BAQR0433W')])
  })
})
