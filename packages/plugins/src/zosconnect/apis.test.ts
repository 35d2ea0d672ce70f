import SwaggerParser from '@apidevtools/swagger-parser'
import { memoryStore } from '@signalbox/stores/memory'
import { describe, expect, it } from 'vitest'
import { aar, manifest, packageXml, sar } from './__fixtures__/archive.ts'
import { basic, createBench, principal } from './__fixtures__/bench.ts'
import type { Bench } from './__fixtures__/bench.ts'

const bench = createBench(memoryStore)

const A = '/zosConnect/apis'
const C = `${A}/catalog`
const R = '/zosConnect/apiRequesters'

const error = (errorMessage: string): string => JSON.stringify({ errorMessage })

const details = (status: string, version = '1.0.0'): string =>
  JSON.stringify({
    name: 'catalog',
    version,
    description: 'The "catalog"',
    status,
    apiUrl: 'http://h:9080/catalogManager',
    documentation: { swagger: 'http://h:9080/catalogManager/api-docs' },
    services: [
      { name: 'placeOrder', uri: 'http://h:9080/zosConnect/services/placeOrder' },
      { name: 'inquire', uri: 'http://h:9080/zosConnect/services/inquire' },
    ],
  })

const installed = async (settings: Readonly<Record<string, unknown>> = {}): Promise<Bench> => {
  const made = await bench({ settings })
  expect((await made.send(`POST ${A}`, { body: aar() })).status).toBe(201)
  return made
}

const stored = async ({ store, host }: Bench): Promise<string> => {
  await host.idle()
  return JSON.stringify([
    await store.list({ provider: 'zosconnect', done: 'include', limit: 100 })(),
    await store.documents({ provider: 'zosconnect', kind: 'archive', limit: 100 })(),
  ])
}

describe('an API', () => {
  it('is deployed, listed and shown, its services installed or not', async () => {
    const made = await bench()
    const { send } = made
    expect((await send(`GET ${A}`)).text).toBe('{"apis":[]}')
    const answer = await send(`POST ${A}`, { body: aar() })
    expect([answer.status, answer.text]).toEqual([201, details('Started')])
    expect(answer.headers.get('location')).toBe('http://h:9080/catalogManager')
    expect((await send(`GET ${A}/`)).text).toBe(
      '{"apis":[{"name":"catalog","version":"1.0.0","description":"The \\"catalog\\"","adminUrl":"http://h:9080/zosConnect/apis/catalog"}]}',
    )
    expect((await send(`GET ${C}`)).text).toBe(details('Started'))
    expect((await send(`POST ${A}`, { body: aar() })).text).toBe(
      error('signalbox.already-deployed: API catalog is already deployed.'),
    )
    expect(made.log).toContainEqual(
      expect.objectContaining({
        event: 'service.install',
        kind: 'api',
        name: 'catalog',
        message: 'BAQR7000I: z/OS Connect API archive file catalog installed successfully.',
      }),
    )
  })

  it('is started, stopped, updated and deleted as a service is, and answers as a whole', async () => {
    const { send } = await installed()
    expect((await send(`DELETE ${C}`)).text).toBe(
      error('signalbox.service-started: API catalog is not stopped. Stop it first.'),
    )
    expect((await send(`PUT ${C}`, { body: aar() })).status).toBe(409)
    for (const status of ['Stopped', 'Stopped', 'Started', 'Stopped']) {
      const asked = status.toLowerCase()
      const answer = await send(`PUT ${C}?status=${asked}`)
      expect([answer.status, answer.text]).toEqual([200, details(status)])
    }
    const second = packageXml({ version: '2' })
    const updated = await send(`PUT ${C}?status=started`, { body: aar(second) })
    expect([updated.status, updated.text]).toEqual([200, details('Started', '2')])
    expect(updated.headers.get('location')).toBe('http://h:9080/catalogManager')
    await send(`PUT ${C}?status=stopped`)
    const gone = await send(`DELETE ${C}`)
    expect([gone.status, gone.text]).toEqual([200, '{"name":"catalog"}'])
    const again = await send(`DELETE ${C}`)
    expect([again.status, again.text]).toEqual([
      404,
      error('signalbox.unknown-api: API catalog is not available.'),
    ])
    expect((await send(`POST ${A}`, { body: aar() })).status).toBe(201)
  })

  it('may bear the name of a service', async () => {
    const { send } = await installed()
    expect(
      (await send('POST /zosConnect/services', { body: sar(manifest('catalog')) })).status,
    ).toBe(201)
    await send(`PUT ${C}?status=stopped`)
    expect((await send('GET /zosConnect/services/catalog')).text).toContain('"Started"')
    expect((await send(`DELETE ${C}`)).status).toBe(200)
    expect((await send('GET /zosConnect/services/catalog')).status).toBe(200)
  })

  it('refuses what it does not know, and changes nothing', async () => {
    const made = await installed()
    const before = await stored(made)
    const { send } = made
    const status = async (...asked: Parameters<typeof send>): Promise<number> =>
      (await send(...asked)).status
    expect(await status(`GET ${C}?action=status`)).toBe(400)
    expect(await status(`PUT ${C}?action=start`)).toBe(400)
    expect(await status(`DELETE ${C}?action=x`)).toBe(400)
    expect(await status(`PUT ${C}?status=paused`)).toBe(400)
    expect(await status(`PUT ${C}`)).toBe(400)
    const json = { 'content-type': 'application/json' }
    expect(await status(`PUT ${C}`, { body: '{}', headers: json })).toBe(415)
    expect(await status(`PUT ${A}/nope?status=started`)).toBe(404)
    const post = await send(`POST ${C}?status=started`)
    expect([post.status, post.headers.get('allow')]).toEqual([
      405,
      'GET, HEAD, PUT, DELETE, OPTIONS',
    ])
    expect(await status(`GET ${C}/schema/request`)).toBe(404)
    expect(await status(`POST ${A}`, { body: sar() })).toBe(400)
    expect(await status(`POST ${A}`, { body: aar(packageXml({ requester: true })) })).toBe(400)
    expect(await stored(made)).toBe(before)
  })

  it.each([
    ['package.xml is missing', aar('', { 'other.xml': '' }), 'package.xml'],
    ['a document type', aar('<!DOCTYPE x [<!ENTITY a "b">]><zosConnectApi/>'), 'document type'],
    ['broken XML', aar('<zosConnectApi>'), 'not valid XML'],
    ['deep nesting', aar('<a>'.repeat(10_000)), 'nested'],
    ['no base path', aar(packageXml({ basePath: '' })), 'basePath'],
    ['a bad name', aar(packageXml({ id: 'a b' })), 'id'],
    ['no Swagger where one is named', aar(packageXml(), {}), 'apiDoc'],
    ['a Swagger that is none', aar(packageXml(), { 'api-docs/swagger.json': '[]' }), 'apiDoc'],
  ])('is not deployed from an archive with %s', async (_, body, words) => {
    const { send } = await bench()
    const answer = await send(`POST ${A}`, { body })
    expect([answer.status, answer.body]).toEqual([
      400,
      {
        errorMessage: 'signalbox.archive-invalid: The archive is not usable.',
        errorDetails: expect.stringContaining(words),
      },
    ])
  })

  it('has a base path that nothing else lies at, above or below', async () => {
    const made = await installed()
    const { send } = made
    const at = (id: string, basePath: string) =>
      send(`POST ${A}`, { body: aar(packageXml({ id, basePath })) })
    for (const path of [
      '/catalogManager',
      '/catalogManager/',
      '/catalogManager/a/b',
      '/zosConnect',
      '/zosConnect/services/x',
      '/livez',
      '/_signalbox/x',
    ]) {
      const before = await stored(made)
      const answer = await at('other', path)
      expect([path, answer.status]).toEqual([path, 409])
      expect(answer.text).toContain('signalbox.base-path-taken')
      expect(await stored(made)).toBe(before)
    }
    expect((await at('other', '/catalogManager2')).status).toBe(201)
    await send(`PUT ${A}/other?status=stopped`)
    const move = (basePath: string) =>
      send(`PUT ${A}/other`, { body: aar(packageXml({ id: 'other', basePath })) })
    expect((await move('/catalogManager/x')).status).toBe(409)
    expect((await move('/moved')).status).toBe(200)
    expect((await at('third', '/catalogManager2/x')).status).toBe(201)
    await send(`PUT ${C}?status=stopped`)
    await send(`DELETE ${C}`)
    expect((await at('fourth', '/catalogManager/a')).status).toBe(201)
  })

  it('wins its base path alone when two come at once', async () => {
    const { send } = await bench()
    const answers = await Promise.all(
      ['/a', '/a/b', '/a/b/c'].map((basePath, index) =>
        send(`POST ${A}`, { body: aar(packageXml({ id: `x${index}`, basePath })) }),
      ),
    )
    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 409, 409])
  })

  it('stays as it was over a restart', async () => {
    const made = await installed()
    await made.send(`PUT ${C}?status=stopped`)
    const restarted = (restart: string) => bench({ store: made.store, settings: { restart } })
    const last = await restarted('last')
    expect((await last.send(`GET ${C}`)).text).toBe(details('Stopped'))
    const provider = await restarted('provider')
    expect((await provider.send(`GET ${C}`)).text).toBe(details('Started'))
    expect((await provider.send('GET /catalogManager/api-docs')).status).toBe(200)
  })
})

describe('below the base path of an API', () => {
  it('lies its Swagger, with the host of the request, started or not', async () => {
    const { send } = await installed()
    for (const status of ['started', 'stopped']) {
      await send(`PUT ${C}?status=${status}`)
      const answer = await send('GET /catalogManager/api-docs', { headers: { host: 'a:81' } })
      expect([answer.status, answer.text]).toEqual([
        200,
        '{"swagger":"2.0","host":"a:81","basePath":"/catalogManager","paths":{}}',
      ])
      expect(answer.headers.get('cache-control')).toBe('no-store')
    }
  })

  it('is nothing executed', async () => {
    const { send } = await installed()
    for (const call of [
      'GET /catalogManager',
      'POST /catalogManager/orders',
      'PUT /catalogManager/api-docs',
      'GET /catalogManager/api-docs/x',
    ]) {
      const answer = await send(call)
      expect([call, answer.status, answer.text]).toEqual([
        call,
        501,
        error('signalbox.api-not-executable: API catalog is administered here and not executed.'),
      ])
    }
    await send(`PUT ${C}?status=stopped`)
    const stopped = await send('GET /catalogManager/orders')
    expect([stopped.status, stopped.text]).toEqual([
      503,
      error('signalbox.api-stopped: API catalog is stopped.'),
    ])
    expect((await send('GET /catalogManager2')).status).toBe(404)
    expect((await send('GET /elsewhere/%zz')).status).toBe(404)
    await send(`DELETE ${C}`)
    expect((await send('GET /catalogManager/api-docs')).status).toBe(404)
  })

  it('is no Swagger where the archive has none', async () => {
    const { send } = await bench()
    const xml = packageXml().replace(/<apiDoc.*<\/apiDoc>/, '')
    expect((await send(`POST ${A}`, { body: aar(xml, {}) })).status).toBe(201)
    expect((await send('GET /catalogManager/api-docs')).status).toBe(404)
  })

  it('is entered as the administration is', async () => {
    const made = await bench({
      principals: [principal('ADMIN', ['a']), principal('READER', ['r']), principal('X', [])],
      settings: {
        requireAuth: true,
        authorization: { admin: ['a'], reader: ['r'], apis: { other: { reader: ['x'] } } },
      },
    })
    await made.send(`POST ${A}`, { body: aar(), headers: basic('ADMIN') })
    const docs = async (headers = {}): Promise<number> =>
      (await made.send('GET /catalogManager/api-docs', { headers })).status
    expect([await docs(), await docs(basic('READER')), await docs(basic('X'))]).toEqual([
      401, 200, 403,
    ])
    expect((await made.send('GET /catalogManager/x')).status).toBe(401)
    expect((await made.send('GET /nowhere')).status).toBe(404)
    expect((await made.send(`GET ${A}/other`, { headers: basic('READER') })).status).toBe(403)
  })
})

describe('an API requester', () => {
  const ara = aar(packageXml({ id: 'catalog_1.0.0', requester: true }), {})
  const shown = (status: string): string =>
    JSON.stringify({
      name: 'catalog_1.0.0',
      version: '1.0.0',
      description: 'The "catalog"',
      status,
      apiRequesterUrl: 'http://h:9080/zosConnect/apiRequesters/catalog_1.0.0',
      connection: 'conn',
    })

  it('lives as the others do', async () => {
    const { send } = await bench()
    const made = await send(`POST ${R}`, { body: ara })
    expect([made.status, made.text]).toEqual([201, shown('Started')])
    expect(made.headers.get('location')).toBeNull()
    expect((await send(`GET ${R}`)).text).toBe(
      '{"apiRequesters":[{"name":"catalog_1.0.0","version":"1.0.0","description":"The \\"catalog\\"","status":"Started","connectionRef":"conn"}]}',
    )
    const early = await send(`DELETE ${R}/catalog_1.0.0`)
    expect([early.status, early.text]).toEqual([
      409,
      error(
        'signalbox.service-started: API requester catalog_1.0.0 is not stopped. Stop it first.',
      ),
    ])
    expect((await send(`PUT ${R}/catalog_1.0.0?status=stopped`)).text).toBe(shown('Stopped'))
    expect((await send(`PUT ${R}/catalog_1.0.0`, { body: ara })).text).toBe(shown('Started'))
    await send(`PUT ${R}/catalog_1.0.0?status=stopped`)
    expect((await send(`DELETE ${R}/catalog_1.0.0`)).text).toBe('{"name":"catalog_1.0.0"}')
    expect((await send(`GET ${R}/catalog_1.0.0`)).text).toBe(
      error('signalbox.unknown-api-requester: API requester catalog_1.0.0 is not available.'),
    )
    expect((await send(`POST ${R}`, { body: aar() })).status).toBe(400)
  })

  it('is not there at all where it is not enabled', async () => {
    const { send } = await bench({ settings: { apiRequesters: { enabled: false } } })
    for (const call of [`GET ${R}`, `POST ${R}`, `GET ${R}/x`]) {
      const answer = await send(call)
      expect([answer.status, answer.text]).toEqual([
        404,
        error('signalbox.no-resource: There is nothing at this path.'),
      ])
    }
    const docs = JSON.stringify((await send('GET /zosConnect/api-docs')).body)
    expect(docs).not.toContain('/apiRequesters')
  })
})

describe('the description of the administration', () => {
  it('is valid Swagger 2.0 with an operation for every path and method', async () => {
    const { send } = await bench()
    const answer = await send('GET /zosConnect/api-docs')
    expect(answer.status).toBe(200)
    const document = answer.body as {
      swagger: string
      info: object
      basePath: string
      host?: string
      paths: Record<string, Record<string, { operationId: string; tags: string[]; responses: {} }>>
    }
    expect(document).toMatchObject({
      swagger: '2.0',
      info: { title: 'z/OS Connect administration API', version: '1.2.0' },
      basePath: '/zosConnect',
    })
    expect(document.host).toBeUndefined()
    await SwaggerParser.validate(JSON.parse(answer.text))
    const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ path, method, ...operation })),
    )
    expect(operations.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'get /services',
      'post /services',
      'get /services/{serviceName}',
      'put /services/{serviceName}',
      'post /services/{serviceName}',
      'delete /services/{serviceName}',
      'get /services/{serviceName}/schema/request',
      'get /services/{serviceName}/schema/response',
      'get /operations/getStatistics',
      'get /api-docs',
      'get /apis',
      'post /apis',
      'get /apis/{apiName}',
      'put /apis/{apiName}',
      'delete /apis/{apiName}',
      'get /apiRequesters',
      'post /apiRequesters',
      'get /apiRequesters/{apiRequesterName}',
      'put /apiRequesters/{apiRequesterName}',
      'delete /apiRequesters/{apiRequesterName}',
    ])
    expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length)
    for (const { tags, responses } of operations) {
      expect(['Services', 'APIs', 'API Requesters']).toContain(tags[0])
      expect(Object.keys(responses)).toContain('default')
    }
  })

  it('is for readers', async () => {
    const { send } = await bench({
      principals: [principal('READER', ['r']), principal('CALLER', ['c'])],
      settings: { requireAuth: true, authorization: { reader: ['r'], invoke: ['c'] } },
    })
    const ask = async (headers = {}): Promise<number> =>
      (await send('GET /zosConnect/api-docs', { headers })).status
    expect([await ask(), await ask(basic('READER')), await ask(basic('CALLER'))]).toEqual([
      401, 200, 403,
    ])
    const wrong = await send('POST /zosConnect/api-docs')
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'GET, HEAD, OPTIONS'])
  })
})
